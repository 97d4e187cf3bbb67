#pragma once

#include <memory>

#include "netkit/listener.h"
#include "server/loops.h"

namespace netkit::testing {

class ServerState;

/// What the listener's handles lead to. Any thread; does nothing once the server has ended.
class ListenerState final : public ListenerCore, public TaskOwner, public std::enable_shared_from_this<ListenerState> {
 public:
  explicit ListenerState(ServerState& server);

  std::size_t loops() const noexcept override { return loop_count_; }
  bool run(std::size_t loop, Task task) override;
  Timer after(std::size_t loop, std::chrono::nanoseconds delay, Task task) override;
  Upstream connect(std::size_t loop, const Target& target, std::shared_ptr<UpstreamHandler> handler) override;
  Group make_group(SlowMember slow) override;
  bool run(Task task) override;

 private:
  ServerState& server_;
  const std::shared_ptr<Loops> loops_;
  const std::size_t loop_count_;
};

}  // namespace netkit::testing
