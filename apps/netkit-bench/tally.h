#pragma once

#include <cstdint>

#include "netkit-bench/latency.h"

namespace netkit::bench {

/// What a run counts.
struct Tally {
  std::uint64_t answers = 0;
  std::uint64_t bytes = 0;  ///< Of answers, with their framing.
  std::uint64_t lost = 0;   ///< Datagrams without an answer in time; they were sent again.
  std::uint64_t late = 0;   ///< Answers to datagrams that were given up already.
  Latency latency;
};

}  // namespace netkit::bench
