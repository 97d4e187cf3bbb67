#include "host/upstream/connect.h"

#include <stdexcept>
#include <utility>

#include "host/loop/event_loop.h"
#include "host/upstream/upstream_connection.h"
#include "host/upstream/upstream_handle.h"

namespace netkit {

Upstream connect_upstream(std::shared_ptr<LoopOwner> owner, Executor& workers, std::shared_ptr<const void> keeps,
                          const Target& target, std::shared_ptr<UpstreamHandler> handler) {
  UniqueFd descriptor(target.descriptor());  // it is closed whatever happens
  if (!target.framing()) throw std::invalid_argument("an onward connection without a framing");
  if (!handler) throw std::invalid_argument("an onward connection without a handler");
  EventLoop& loop = owner->event_loop();
  auto handle = std::make_shared<UpstreamHandle>(loop);
  UpstreamPlan plan{.keeps = std::move(keeps),
                    .owner = std::move(owner),
                    .workers = &workers,
                    .settings = std::dynamic_pointer_cast<const TargetSettings>(target.core()),
                    .descriptor = std::move(descriptor),
                    .framing = target.framing(),
                    .handler = std::move(handler)};
  // Never at once: no callback may come while connect() has not returned.
  loop.post([plan = std::move(plan), handle]() mutable { UpstreamConnection::open(std::move(plan), handle); });
  return Upstream(std::move(handle));
}

}  // namespace netkit
