#include "netkit-bench/measurement/meter.h"

namespace netkit::bench {

Meter::Reading Meter::now() const {
  return {.time = Clock::now(), .own_cpu = own_.cpu(), .server_cpu = server_ ? server_->cpu() : ProcessView::Cpu()};
}

Usage Meter::since_start() const {
  const Reading end = now();
  Usage usage{.elapsed = end.time - begin_.time, .own_cpu = end.own_cpu - begin_.own_cpu};
  if (server_) usage.server_cpu = end.server_cpu - begin_.server_cpu;
  return usage;
}

}  // namespace netkit::bench
