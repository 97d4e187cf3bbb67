#include "admission/concurrency_limiter.h"

#include <algorithm>
#include <new>
#include <utility>

namespace netkit {

CallPermit ConcurrencyLimiter::admit() {
  {
    const std::lock_guard lock(mutex_);
    if (permits_ < bounds_.at_once + bounds_.waiting) {
      ++permits_;
      return CallPermit(shared_from_this());
    }
    ++refused_;
  }
  std::uint64_t left_out = 0;
  if (log_throttle_.admits(left_out)) {
    log_.write(LogLevel::warning, name_ + ": refused a message: " + std::to_string(bounds_.at_once) +
                                      " calls run and " + std::to_string(bounds_.waiting) + " wait" +
                                      left_out_text(left_out));
  }
  return {};
}

void ConcurrencyLimiter::take_back() noexcept {
  const std::lock_guard lock(mutex_);
  --permits_;
}

void ConcurrencyLimiter::run(Task call, const void* caller) {
  Task turn = [self = shared_from_this(), call = std::move(call)]() mutable {
    call();
    self->start_next();
  };
  {
    const std::lock_guard lock(mutex_);
    if (running_ == bounds_.at_once) {
      waiting_.push_back({caller, std::move(turn)});
      return;
    }
    ++running_;
  }
  try {
    executor_.submit(std::move(turn));
  } catch (...) {
    const std::lock_guard lock(mutex_);
    --running_;
    throw;
  }
}

bool ConcurrencyLimiter::withdraw(const void* caller) {
  Waiting withdrawn{};  // destroyed without the lock: it may give a permit back to this limiter
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(waiting_.begin(), waiting_.end(),
                                  [caller](const Waiting& waiting) { return waiting.caller == caller; });
  if (found == waiting_.end()) return false;
  withdrawn = std::move(*found);
  waiting_.erase(found);
  return true;
}

std::uint64_t ConcurrencyLimiter::refused() const {
  const std::lock_guard lock(mutex_);
  return refused_;
}

/// The call that has ended makes room for the one that waits longest, behind the other listeners' calls. This is a
/// thread of the executor, so submit() finds one; if it finds no memory, the call runs here.
void ConcurrencyLimiter::start_next() {
  Task next;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      --running_;
      return;
    }
    next = std::move(waiting_.front().call);
    waiting_.pop_front();
  }
  try {
    executor_.submit(std::move(next));
  } catch (const std::bad_alloc&) {
    next();
  }
}

}  // namespace netkit
