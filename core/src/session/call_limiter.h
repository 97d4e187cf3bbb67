#pragma once

#include <memory>
#include <utility>

namespace netkit {

class CallPermit;

/// Decides whether one more call of a handler may be made. Thread-safe.
class CallLimiter {
 public:
  virtual ~CallLimiter() = default;
  /// A permit for one call; empty if the call is refused.
  virtual CallPermit admit() = 0;

 private:
  friend class CallPermit;
  virtual void take_back() noexcept = 0;
};

/// The right to make one call. Goes back to its limiter, which it keeps alive, when it is destroyed: the call is over,
/// or will not be made. Any thread, one at a time.
class CallPermit {
 public:
  CallPermit() = default;  ///< Empty: no permit.
  /// For limiters only, which have counted it.
  explicit CallPermit(std::shared_ptr<CallLimiter> limiter) : limiter_(std::move(limiter)) {}
  CallPermit(CallPermit&& other) noexcept = default;
  CallPermit& operator=(CallPermit&& other) noexcept {
    limiter_.swap(other.limiter_);
    return *this;
  }
  CallPermit(const CallPermit&) = delete;
  CallPermit& operator=(const CallPermit&) = delete;
  ~CallPermit() {
    if (limiter_) limiter_->take_back();
  }

  explicit operator bool() const { return limiter_ != nullptr; }

 private:
  std::shared_ptr<CallLimiter> limiter_;
};

}  // namespace netkit
