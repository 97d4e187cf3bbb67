#pragma once

#include <cstdint>

namespace netkit::testing {

/// From now on the calls of operator new by this thread count for the two below.
void watch_allocations_of_this_thread();

/// Lets the call of operator new fail that comes after so many others. Until then nothing fails.
void fail_allocation_after(std::int64_t count);

/// How many calls are left until the one that fails; negative: it has failed.
std::int64_t allocations_left();

}  // namespace netkit::testing
