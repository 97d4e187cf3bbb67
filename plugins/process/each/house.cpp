#include "each/house.h"

#include <utility>

#include "counters.h"

namespace netkit::process {

House::House(Settings settings, HandlerContext context)
    : settings_(std::move(settings)),
      context_(std::move(context)),
      slots_(context_.services, settings_.workers, settings_.queue, count_queue(context_)),
      started_(count_starts(context_)),
      failed_(count_failures(context_)),
      lost_(count_losses(context_)),
      tenants_(context_.services.loops()) {
  for (std::size_t loop = 0; loop < services().loops(); ++loop) {
    supervisions_.push_back(std::make_unique<Supervisions>(settings_.launcher, services(), loop));
  }
}

}  // namespace netkit::process
