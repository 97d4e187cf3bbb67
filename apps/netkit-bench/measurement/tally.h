#pragma once

#include <cstdint>

#include "netkit-bench/measurement/latency.h"

namespace netkit::bench {

/// The counters of a run.
struct Tally {
  std::uint64_t answers = 0;
  std::uint64_t bytes = 0;  ///< Bytes of answers, including framing.
  std::uint64_t lost = 0;   ///< Datagrams that were not answered in time and sent again.
  std::uint64_t late = 0;   ///< Answers to datagrams counted as lost.
  Latency latency;
};

}  // namespace netkit::bench
