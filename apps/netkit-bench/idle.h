#pragma once

#include "netkit-bench/command_line.h"
#include "netkit-bench/process_view.h"
#include "netkit-bench/workload.h"

namespace netkit::bench {

/// What connections at rest cost a server.
struct IdleMeasured {
  std::size_t connections = 0;
  ProcessView::Memory before{};  ///< Without them.
  ProcessView::Memory open{};    ///< Once the server has accepted them all.
  ProcessView::Memory after{};   ///< Once each has had one message answered.
};

/// Opens `connections`, waits until the server has them, then sends a message on each. Throws RunError.
IdleMeasured measure_idle(const Workload& workload, LoadOptions load, std::size_t connections,
                          const ProcessView& server);

}  // namespace netkit::bench
