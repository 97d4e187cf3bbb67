#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "admission/capacity_waiters.h"
#include "admission/limits.h"
#include "admission/memory_budget.h"
#include "admission/source_table.h"
#include "admission/token_bucket.h"

namespace netkit {

/// What counts against a quota.
struct Usage {
  std::atomic<std::uint64_t> connections{0};
  TokenBucket connection_rate{};
  TokenBucket messages{};
  TokenBucket bytes{};
};

/// The rates of a quota as buckets need them.
struct QuotaRates {
  QuotaRates() = default;
  explicit QuotaRates(const Quota& quota)
      : connection_rate(quota.connection_rate), messages(quota.messages), bytes(quota.bytes) {}

  /// True if what is received has to be counted.
  bool limits_traffic() const { return messages.limited() || bytes.limited(); }

  BucketSize connection_rate{};
  BucketSize messages{};
  BucketSize bytes{};
};

/// What one listener and transport has.
struct ListenerUsage : Usage {
  SourceTable sources{};
};

/// What the listeners of a server have together, and may have. Thread-safe.
class ServerUsage : public Usage {
 public:
  std::atomic<std::uint64_t> most_connections{0};
  CapacityWaiters waiters{};  ///< For a connection to end.
  MemoryBudget memory{};

  /// Limits the server from now on; connections that there are keep the rates they began with.
  void use(const Quota& limits) {
    {
      const std::lock_guard lock(mutex_);
      rates_ = QuotaRates(limits);
      rated_ = rates_.limits_traffic() || rates_.connection_rate.limited();
    }
    most_connections = limits.connections;
    waiters.notify_all();
  }

  /// Takes a lock only if there are any.
  QuotaRates rates() const {
    if (!rated_) return {};
    const std::lock_guard lock(mutex_);
    return rates_;
  }
  bool rated() const { return rated_; }

 private:
  std::atomic<bool> rated_{false};
  mutable std::mutex mutex_;
  QuotaRates rates_;  // guarded by mutex_
};

}  // namespace netkit
