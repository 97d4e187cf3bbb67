#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time_histogram.h"
#include "host/listener/connection_record.h"

namespace netkit {

/// What has passed over all connections of a listener. Each event loop counts in a place of its own, so counting takes
/// a plain addition, and no cache line goes from one processor to another. Any thread may sum them.
class TrafficCounters {
 public:
  /// With a place for each of so many loops.
  explicit TrafficCounters(std::size_t loops) : shards_(loops) {}

  struct alignas(64) Shard {
    std::atomic<std::uint64_t> received_bytes{0};
    std::atomic<std::uint64_t> received_messages{0};
    std::atomic<std::uint64_t> sent_bytes{0};
    std::atomic<std::uint64_t> sent_messages{0};
    TimeHistogram times{};                      ///< How long the handler took for a message.
    std::atomic<std::uint64_t> timed_apart{0};  ///< Messages received that no BatchTime is to count.

    /// Of the thread of its loop alone.
    static void add(std::atomic<std::uint64_t>& counter, std::uint64_t count) {
      counter.store(counter.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
    }
  };

  /// The place of one loop.
  Shard& of_loop(std::size_t index) { return shards_[index]; }

  Traffic sum() const {
    Traffic all;
    for (const Shard& shard : shards_) {
      all.received_bytes += shard.received_bytes.load(std::memory_order_relaxed);
      all.received_messages += shard.received_messages.load(std::memory_order_relaxed);
      all.sent_bytes += shard.sent_bytes.load(std::memory_order_relaxed);
      all.sent_messages += shard.sent_messages.load(std::memory_order_relaxed);
    }
    return all;
  }

  TimeHistogram::Reading times() const {
    TimeHistogram::Reading all;
    for (const Shard& shard : shards_) all += shard.times.read();
    return all;
  }

 private:
  std::vector<Shard> shards_;
};

}  // namespace netkit
