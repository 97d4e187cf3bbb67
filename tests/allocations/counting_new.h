#pragma once

#include <cstdint>

namespace netkit::testing {

/// How often operator new was called in this program so far, by any thread.
std::uint64_t allocations();

}  // namespace netkit::testing
