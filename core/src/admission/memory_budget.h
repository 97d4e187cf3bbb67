#pragma once

#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "netkit/task.h"

namespace netkit {

/// What waits in the memory of a server for its peers: answers they do not read, messages that are not whole or not
/// answered yet. Conversations count theirs in steps, so that small amounts cost nothing. Thread-safe.
///
///     0 ............... 3/4 .................. 7/8 ................. limits.memory
///     all are served     the heavy ones are     the heaviest end, new ones wait,
///                        not read               until less than 3/4 is taken
class MemoryBudget {
 public:
  /// Amounts are counted in steps of this size, in bytes.
  static constexpr std::size_t kStep = 4096;
  /// A conversation with so much that waits is a heavy one.
  static constexpr std::size_t kHeavy = std::size_t{64} << 10;

  /// `most`: limits.memory; 0: a quarter of the machine's.
  void allow(std::uint64_t most) {
    if (most == 0) most = a_quarter_of_all();
    most_.store(most, std::memory_order_relaxed);
    tight_from_.store(most / 4 * 3, std::memory_order_relaxed);
    over_from_.store(most / 8 * 7, std::memory_order_relaxed);
  }
  /// `act` is called, by any thread, each time that too much is taken, and not again before relieved(). Set before
  /// anything is taken.
  void when_over(Task act) { act_ = std::move(act); }
  void relieved() { relieving_ = false; }

  /// Something has grown or, if `change` is negative, shrunk.
  void add(std::int64_t change) {
    taken_.fetch_add(change, std::memory_order_relaxed);
    if (over() && act_ && !relieving_.exchange(true)) act_();
  }

  std::uint64_t most() const { return most_.load(std::memory_order_relaxed); }
  std::int64_t taken() const { return taken_.load(std::memory_order_relaxed); }
  bool tight() const { return taken() >= static_cast<std::int64_t>(tight_from_.load(std::memory_order_relaxed)); }
  bool over() const { return taken() >= static_cast<std::int64_t>(over_from_.load(std::memory_order_relaxed)); }

 private:
  static std::uint64_t a_quarter_of_all() {
    return static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) /
           4;
  }

  std::atomic<std::uint64_t> most_{UINT64_MAX >> 1};
  std::atomic<std::uint64_t> tight_from_{UINT64_MAX >> 1};
  std::atomic<std::uint64_t> over_from_{UINT64_MAX >> 1};
  std::atomic<std::int64_t> taken_{0};
  std::atomic<bool> relieving_{false};
  Task act_;
};

/// What one conversation has counted of the budget. Whoever has it counts 0 at the end.
class MemoryShare {
 public:
  std::size_t counted() const { return counted_; }
  /// True if count() would change nothing.
  bool counts(std::size_t waits) const { return counted_ == whole_steps(waits); }
  /// So many bytes wait now.
  void count(MemoryBudget& memory, std::size_t waits) {
    const std::size_t before = std::exchange(counted_, whole_steps(waits));
    if (counted_ != before) memory.add(static_cast<std::int64_t>(counted_) - static_cast<std::int64_t>(before));
  }

 private:
  static std::size_t whole_steps(std::size_t bytes) { return bytes - bytes % MemoryBudget::kStep; }

  std::size_t counted_ = 0;
};

}  // namespace netkit
