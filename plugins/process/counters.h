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

/// Shared by all queues of a listener.
inline Gauge count_queue(const HandlerContext& context) {
  if (!context.metrics) return {};
  return context.metrics->gauge("queue_length", "events and programs that wait for their turn");
}

}  // namespace netkit::process
