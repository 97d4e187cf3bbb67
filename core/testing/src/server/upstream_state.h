#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "netkit/testing/test_message.h"
#include "netkit/upstream.h"
#include "server/loops.h"

namespace netkit::testing {

class ServerState;

/// An onward connection whose far end is the test. The part of UpstreamCore is for any thread, all else for the test's.
class UpstreamState final : public UpstreamCore, public std::enable_shared_from_this<UpstreamState> {
 public:
  UpstreamState(ServerState& server, std::string target, std::weak_ptr<TaskOwner> owner,
                std::shared_ptr<UpstreamHandler> handler);

  bool open() const noexcept override;
  std::size_t waiting() const noexcept override;
  bool send(SharedBody body, const Attributes& attributes) override;
  void end() override;
  void close() override { finish("closed", {}); }
  void pause() override;
  void resume() override;

  const std::string& target() const { return target_; }
  void accept();
  void say(TestMessage message);
  void end_far();
  /// on_close() follows, as a call of the owner's handler.
  void finish(std::string reason, std::string detail);
  /// What it belongs to has ended: no further call.
  void drop();
  TestMessage take();
  void set_full(bool full);
  bool ended() const;
  ServerState& server() { return server_; }

 private:
  using Call = std::function<void(UpstreamHandler&, const Upstream&)>;
  void call(Call call);
  void pass_on();

  ServerState& server_;
  const std::string target_;
  const std::weak_ptr<TaskOwner> owner_;
  mutable std::mutex mutex_;
  std::shared_ptr<UpstreamHandler> handler_;  // guarded by mutex_, as is all below; null once it is over
  std::deque<TestMessage> sent_;
  std::deque<TestMessage> held_;  // said while it is paused
  std::size_t waiting_ = 0;
  bool closing_ = false;
  bool connected_ = false;
  bool ended_ = false;
  bool end_held_ = false;
  bool paused_ = false;
  bool full_ = false;
};

}  // namespace netkit::testing
