#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "base/executor.h"
#include "base/log_throttle.h"
#include "netkit/handler.h"
#include "netkit/plugin.h"
#include "netkit/task.h"
#include "session/call_limiter.h"

namespace netkit {

/// Keeps the calls of one handler within its bounds: so many run at once, so many more wait here for their turn, in
/// order and without a thread; the rest is refused, counted and logged. Thread-safe; always held by a shared_ptr.
class ConcurrencyLimiter final : public CallLimiter, public std::enable_shared_from_this<ConcurrencyLimiter> {
 public:
  /// `name` is the listener's. `executor` runs the calls; it and `log` outlive the limiter.
  ConcurrencyLimiter(CallBounds bounds, std::string name, Executor& executor, Log& log)
      : bounds_(bounds), name_(std::move(name)), executor_(executor), log_(log) {}

  CallPermit admit() override;

  /// Runs a call that has a permit, at once or in its turn. `caller` names it to withdraw(). Throws if there is no
  /// thread to be had.
  void run(Task call, const void* caller = nullptr);

  /// Takes the call of `caller` out of those that wait. False if it does not wait: it runs, or ran.
  bool withdraw(const void* caller);

  std::uint64_t refused() const;

 private:
  struct Waiting {
    const void* caller;
    Task call;
  };

  void take_back() noexcept override;
  void start_next();

  const CallBounds bounds_;
  const std::string name_;
  Executor& executor_;
  Log& log_;
  LogThrottle log_throttle_;
  mutable std::mutex mutex_;
  std::deque<Waiting> waiting_;  // guarded by mutex_, as is all below
  std::size_t permits_ = 0;      // given out
  std::size_t running_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace netkit
