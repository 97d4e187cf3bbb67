#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "host/listener/log_gate.h"
#include "host/worker/worker_pool.h"
#include "netkit/handler.h"
#include "netkit/plugin.h"
#include "session/call_limiter.h"

namespace netkit {

/// Keeps the calls of one handler within its bounds: so many run on workers, so many more wait here for their turn, in
/// order and without a worker; the rest is refused, counted and logged. Thread-safe.
class ConcurrencyLimiter final : public CallLimiter, public std::enable_shared_from_this<ConcurrencyLimiter> {
 public:
  /// `name` is the listener's. `workers` and `log` outlive the gate.
  ConcurrencyLimiter(CallBounds bounds, std::string name, WorkerPool& workers, Log& log)
      : bounds_(bounds), name_(std::move(name)), workers_(workers), log_(log) {}

  bool admit() override;
  void leave() override;

  /// Runs a call that was admitted, at once or in its turn. `caller` names it to withdraw(). Throws if there is no
  /// thread to be had.
  void run(std::function<void()> call, const void* caller = nullptr);

  /// Takes the call of `caller` out of those that wait. False if it does not wait: it runs, or ran.
  bool withdraw(const void* caller);

  std::uint64_t refused() const;

 private:
  struct Waiting {
    const void* caller;
    std::function<void()> call;
  };

  void start_next();

  const CallBounds bounds_;
  const std::string name_;
  WorkerPool& workers_;
  Log& log_;
  LogGate log_gate_;
  mutable std::mutex mutex_;
  std::deque<Waiting> waiting_;  // guarded by mutex_, as is all below
  std::size_t admitted_ = 0;
  std::size_t running_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace netkit
