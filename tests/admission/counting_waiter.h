#pragma once

#include "admission/capacity_waiters.h"

namespace netkit::testing {

/// Counts how often it was told.
struct CountingWaiter final : CapacityWaiter {
  void capacity_came() noexcept override { ++calls; }
  int calls = 0;
};

}  // namespace netkit::testing
