#pragma once

#include <array>
#include <compare>
#include <memory>
#include <utility>

namespace netkit {

/// Whom a call counts for: all that one source asks for has its turn together.
struct CallSource {
  std::array<unsigned char, 16> key{};  ///< Of an address, or of a user; all zeros where nobody can tell.
  bool limited = true;                  ///< limits.per_source holds for it.
  // clang-tidy 14 reports a literal 0 here.
  auto operator<=>(const CallSource&) const = default;  // NOLINT(modernize-use-nullptr)
};

class CallPermit;

/// Decides whether one more call of a handler may be made. Thread-safe.
class CallLimiter {
 public:
  /// What a limiter keeps of one call, from its permit to the end of that.
  struct Place {
    virtual ~Place() = default;
    bool refused = false;  ///< After all: another call has the place.
  };

  virtual ~CallLimiter() = default;
  /// A permit for one call; empty if the call is refused.
  virtual CallPermit admit(const CallSource& source) = 0;

 private:
  friend class CallPermit;
  virtual void take_back(Place* place) noexcept = 0;
};

/// The right to make one call. Goes back to its limiter, which it keeps alive, when it is destroyed: the call is over,
/// or will not be made. Any thread, one at a time.
class CallPermit {
 public:
  CallPermit() = default;  ///< Empty: no permit.
  /// For limiters only, which have counted it. `place` is null if the limiter keeps none.
  explicit CallPermit(std::shared_ptr<CallLimiter> limiter, std::unique_ptr<CallLimiter::Place> place = nullptr)
      : limiter_(std::move(limiter)), place_(std::move(place)) {}
  CallPermit(CallPermit&& other) noexcept = default;
  CallPermit& operator=(CallPermit&& other) noexcept {
    limiter_.swap(other.limiter_);
    place_.swap(other.place_);
    return *this;
  }
  CallPermit(const CallPermit&) = delete;
  CallPermit& operator=(const CallPermit&) = delete;
  ~CallPermit() {
    if (limiter_) limiter_->take_back(place_.get());
  }

  explicit operator bool() const { return limiter_ != nullptr; }
  CallLimiter::Place* place() const { return place_.get(); }
  /// The call is not to be made: the handler is to refuse it. To be asked when its turn has come.
  bool refused() const { return place_ && place_->refused; }

 private:
  std::shared_ptr<CallLimiter> limiter_;
  std::unique_ptr<CallLimiter::Place> place_;
};

}  // namespace netkit
