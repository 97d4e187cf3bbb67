#pragma once

#include "netkit-bench/command_line.h"
#include "netkit-bench/measurement/process_view.h"
#include "netkit-bench/workload/workload.h"

namespace netkit::bench {

/// The cost of idle connections for a server.
struct IdleMeasured {
  std::size_t connections = 0;
  ProcessView::Memory before{};  ///< Without connections.
  ProcessView::Memory open{};    ///< When the server has accepted all of them.
  ProcessView::Memory after{};   ///< After one message on each was answered.
};

/// Opens `connections`, waits until the server has accepted them, then sends a message on each. Throws RunError.
IdleMeasured measure_idle(const Workload& workload, LoadOptions load, std::size_t connections,
                          const ProcessView& server);

}  // namespace netkit::bench
