#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/time_histogram.h"
#include "host/conversation/mail.h"
#include "server/blocking_call.h"
#include "server/kept_log.h"
#include "server/loops.h"
#include "server/peer_end.h"
#include "session/session.h"

namespace netkit::testing {

class ServerState;
class UpstreamState;

/// One conversation: the server's session, with strings in the place of a socket. What is said of threads in
/// ConversationCore holds for that part; all else is for the test's thread.
class ConversationState final : public ConversationCore,
                                public HandleMaker,
                                public SessionHost,
                                public TaskOwner,
                                public std::enable_shared_from_this<ConversationState> {
 public:
  ConversationState(ServerState& server, Peer peer, std::size_t loop);
  /// To be called once, when a shared pointer holds it.
  void begin();

  // Any thread.
  std::uint64_t id() const noexcept override { return id_; }
  bool open() const noexcept override { return open_; }
  Peer peer() const override;
  std::size_t loop() const noexcept override { return loop_; }
  std::size_t waiting() const noexcept override { return posted_ + unsent_; }
  bool send(SharedBody body, const Attributes& attributes) override;
  void close() override { post(mail::Close{}); }
  void fail(std::string_view reason, std::string_view detail) override {
    post(mail::Close{close_reason_named(reason), std::string(detail)});
  }
  bool run(Task task) override { return post(mail::Run{std::move(task)}); }
  Timer after(std::chrono::nanoseconds delay, Task task) override;
  void pause() override;
  void resume() override;
  bool when_writable(Task task) override;
  Upstream connect(const Target& target, std::shared_ptr<UpstreamHandler> handler) override;
  void log(LogLevel level, std::string_view text) override { log_->write(level, text); }
  void event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) override {
    log_->event(level, event, fields);
  }
  Conversation conversation() override { return Conversation(shared_from_this()); }
  Reply make_reply(std::uint64_t call, CallPermit permit) override;
  std::stop_token stop_token() { return stop_.get_token(); }
  /// Nobody asks here how long a late answer took.
  static TimeHistogram* call_times() { return nullptr; }
  HandleMaker& handles() override { return *this; }
  std::shared_ptr<HandleMaker> hold() override { return shared_from_this(); }

  bool post(Mail mail, std::size_t weight = 0);
  bool full() const { return waiting() >= output_limit_; }

  // The peer.
  void give(std::string_view bytes);
  void end_peer() { peer_done_ = true; }
  void reset() { end(CloseReason::peer_reset, {}); }
  void set_reading(bool on) { reading_ = on; }
  void set_tls_identity(std::string certificate, std::string server_name);
  PeerEnd& peer_end() { return peer_end_; }

  // The server.
  /// Does what can be done now. False if there was nothing.
  bool pump();
  /// Ends the conversation at once; a call on another thread is cancelled and waited for.
  void end(CloseReason reason, const std::string& detail);
  bool over() const { return over_; }
  bool unanswered() const { return !over_ && (session_->call_open() || call_ != nullptr); }
  bool paused() const { return paused_; }
  CloseReason reason() const { return reason_; }
  const std::string& detail() const { return detail_; }
  ServerState& server() { return server_; }

 private:
  bool calling() const { return call_ && call_->on_thread(); }
  bool deliver_mail();
  void heed_pause();
  bool receive();
  bool start_call();
  bool finish_call();
  bool finish_input();
  bool begin_tls();
  bool send_out();
  void read_body(BodySource& source);
  void tell_writable();
  void release();

  ServerState& server_;
  const std::shared_ptr<Loops> loops_;
  const std::shared_ptr<KeptLog> log_;
  const std::uint64_t id_;
  const std::size_t loop_;
  const std::size_t output_limit_;
  const std::thread::id home_ = std::this_thread::get_id();
  std::atomic<bool> open_{true};
  std::atomic<bool> paused_{false};
  std::atomic<std::size_t> posted_{0};
  std::stop_source stop_;
  std::atomic<std::size_t> unsent_{0};

  mutable std::mutex mutex_;
  MailBag mail_;  // guarded by mutex_, as are the three below
  Peer peer_;
  std::vector<Task> when_writable_;
  std::vector<std::weak_ptr<UpstreamState>> upstreams_;

  std::unique_ptr<Session> session_;
  std::unique_ptr<BlockingCall> call_;  // null if there is none
  Output out_;
  std::string input_;
  PeerEnd peer_end_;
  std::string detail_;
  CloseReason reason_ = CloseReason::none;
  bool fresh_ = false;  // bytes have come since the session last said that it needs more
  bool peer_done_ = false;
  bool reading_ = true;
  bool over_ = false;
  std::string certificate_;  // shown in a handshake, as is the name
  std::string server_name_;
};

}  // namespace netkit::testing
