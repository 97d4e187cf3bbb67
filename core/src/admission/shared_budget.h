#pragma once

#include <atomic>
#include <cstdint>

#include "netkit/budget.h"

namespace netkit {

/// A budget of all listeners of a server together. What it is may change: what was taken stays taken.
class SharedBudget final : public Budget {
 public:
  explicit SharedBudget(std::uint64_t most) : most_(most) {}

  void allow(std::uint64_t most) { most_.store(most, std::memory_order_relaxed); }
  std::uint64_t most() const { return most_.load(std::memory_order_relaxed); }
  std::uint64_t taken() const { return taken_.load(std::memory_order_relaxed); }

  bool take(std::uint64_t amount) noexcept override {
    const std::uint64_t most = most_.load(std::memory_order_relaxed);
    std::uint64_t taken = taken_.load(std::memory_order_relaxed);
    do {
      if (amount > most || taken > most - amount) return false;
    } while (!taken_.compare_exchange_weak(taken, taken + amount, std::memory_order_relaxed));
    return true;
  }
  void give_back(std::uint64_t amount) noexcept override { taken_.fetch_sub(amount, std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> most_;
  std::atomic<std::uint64_t> taken_{0};
};

}  // namespace netkit
