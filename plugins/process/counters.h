#pragma once

#include "netkit/metrics.h"
#include "netkit/plugin.h"

namespace netkit::process {

inline Counter count_starts(const HandlerContext& context) {
  return context.metrics ? context.metrics->counter("programs_started", "programs started") : Counter();
}

inline Counter count_failures(const HandlerContext& context) {
  if (!context.metrics) return {};
  return context.metrics->counter("programs_failed", "programs that have crashed, hung or broken the rules");
}

inline Counter count_losses(const HandlerContext& context) {
  if (!context.metrics) return {};
  return context.metrics->counter("messages_lost", "messages without an answer that no program has taken");
}

}  // namespace netkit::process
