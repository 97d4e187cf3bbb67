#pragma once

#include <cstdint>

namespace netkit::testing {

/// How often operator new was called in this program so far, by any thread.
std::uint64_t allocations();

/// What operator new has given and operator delete has not yet got back.
struct LiveHeap {
  std::int64_t bytes = 0;  ///< With what malloc adds: the rounding up and its own word before each block.
  std::int64_t blocks = 0;
};

/// That of this program now, of all its threads.
LiveHeap live_heap();

}  // namespace netkit::testing
