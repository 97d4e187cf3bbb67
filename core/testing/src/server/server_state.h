#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "netkit/testing/test_server.h"
#include "server/conversation_state.h"
#include "server/kept_log.h"
#include "server/loops.h"
#include "server/upstream_state.h"

namespace netkit::testing {

/// What a TestServer holds. The test's thread, where nothing else is said.
class ServerState {
 public:
  ServerState(const Enroll& enroll, const std::string& handler, const Settings& options, ServerSetup setup);
  ~ServerState();
  ServerState(const ServerState&) = delete;
  ServerState& operator=(const ServerState&) = delete;

  std::shared_ptr<ConversationState> connect(Peer peer);
  std::shared_ptr<UpstreamState> next_upstream();
  void settle();
  void advance(std::chrono::nanoseconds by);
  bool wait_until(const std::function<bool()>& condition);

  const ServerSetup& setup() const { return setup_; }
  const Protocol& protocol() const { return protocol_; }
  const Framing& framing() const { return framing_; }
  const std::shared_ptr<Loops>& loops() const { return loops_; }
  KeptLog& log() { return *log_; }
  const std::shared_ptr<KeptLog>& shared_log() const { return log_; }
  const KeptMetrics& metrics() const { return *metrics_; }
  Handler& handler() { return *protocol_.handler; }
  /// Any thread.
  void add_upstream(std::shared_ptr<UpstreamState> upstream);

 private:
  void make_handler(const Enroll& enroll, const std::string& name, const Settings& options);
  bool pump_all();

  ServerSetup setup_;
  Framing framing_;
  std::shared_ptr<Loops> loops_ = std::make_shared<Loops>();
  std::shared_ptr<TaskOwner> listener_;
  std::shared_ptr<KeptLog> log_ = std::make_shared<KeptLog>();  // of handles that outlive the server, too
  std::shared_ptr<KeptMetrics> metrics_ = std::make_shared<KeptMetrics>();
  Protocol protocol_;
  std::vector<std::shared_ptr<ConversationState>> conversations_;
  std::size_t connected_ = 0;
  std::mutex mutex_;
  std::deque<std::shared_ptr<UpstreamState>> upstreams_;  // guarded by mutex_
  bool settling_ = false;
};

}  // namespace netkit::testing
