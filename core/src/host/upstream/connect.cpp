#include "host/upstream/connect.h"

#include <stdexcept>
#include <utility>

#include "host/loop/event_loop.h"
#include "host/upstream/upstream_connection.h"
#include "host/upstream/upstream_handle.h"

namespace netkit {
namespace {

/// Opens the connection, or shuts its handle if that never happens.
class Begin {
 public:
  Begin(UpstreamPlan plan, std::shared_ptr<UpstreamHandle> handle)
      : plan_(std::move(plan)), handle_(std::move(handle)) {}
  Begin(Begin&&) noexcept = default;
  Begin& operator=(Begin&&) = delete;
  Begin(const Begin&) = delete;
  Begin& operator=(const Begin&) = delete;
  ~Begin() {
    if (handle_) handle_->shut();
  }

  void operator()() { UpstreamConnection::open(std::move(plan_), std::exchange(handle_, nullptr)); }

 private:
  UpstreamPlan plan_;
  std::shared_ptr<UpstreamHandle> handle_;
};

}  // namespace

UpstreamStart prepare_upstream(std::shared_ptr<LoopOwner> owner, Executor& workers, std::shared_ptr<const void> keeps,
                               const Target& target, std::shared_ptr<UpstreamHandler> handler) {
  UniqueFd descriptor(target.descriptor());  // it is closed whatever happens
  if (!target.framing()) throw std::invalid_argument("an onward connection without a framing");
  if (!handler) throw std::invalid_argument("an onward connection without a handler");
  auto handle = std::make_shared<UpstreamHandle>(owner->event_loop());
  UpstreamPlan plan{.keeps = std::move(keeps),
                    .owner = std::move(owner),
                    .workers = &workers,
                    .settings = std::dynamic_pointer_cast<const TargetSettings>(target.core()),
                    .descriptor = std::move(descriptor),
                    .framing = target.framing(),
                    .handler = std::move(handler)};
  return {.upstream = Upstream(handle), .begin = Begin(std::move(plan), handle)};
}

Upstream connect_upstream(std::shared_ptr<LoopOwner> owner, Executor& workers, std::shared_ptr<const void> keeps,
                          const Target& target, std::shared_ptr<UpstreamHandler> handler) {
  EventLoop& loop = owner->event_loop();
  UpstreamStart start = prepare_upstream(std::move(owner), workers, std::move(keeps), target, std::move(handler));
  loop.post(std::move(start.begin));
  return start.upstream;
}

}  // namespace netkit
