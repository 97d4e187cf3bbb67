#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "host/listener/listener_context.h"
#include "host/listener/listener_metrics.h"

namespace netkit {

/// What listeners a server has, for those who look at it from other threads: the main thread sets it, any thread reads
/// it.
class ListenerDirectory {
 public:
  /// One transport of a listener.
  struct Entry {
    std::string address;  ///< As it is bound.
    std::string framing;
    std::string handler;
    bool paused = false;
    std::shared_ptr<const ListenerContext> context;
    std::shared_ptr<const ListenerMetrics> metrics{};  ///< Of the handler; null but for the first transport.
  };
  using Entries = std::vector<Entry>;

  void set(Entries entries) {
    auto fresh = std::make_shared<const Entries>(std::move(entries));
    const std::lock_guard lock(mutex_);
    entries_.swap(fresh);
  }
  std::shared_ptr<const Entries> get() const {
    const std::lock_guard lock(mutex_);
    return entries_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Entries> entries_ = std::make_shared<const Entries>();  // guarded by mutex_
};

}  // namespace netkit
