#include "host/call_gate.h"

#include <exception>
#include <utility>

namespace netkit {

bool CallGate::admit() {
  {
    const std::lock_guard lock(mutex_);
    if (admitted_ < bounds_.at_once + bounds_.waiting) {
      ++admitted_;
      return true;
    }
    ++refused_;
  }
  std::uint64_t left_out = 0;
  if (log_gate_.open(left_out)) {
    log_.write(LogLevel::warning, name_ + ": refused a message: " + std::to_string(bounds_.at_once) +
                                      " calls run and " + std::to_string(bounds_.waiting) + " wait" +
                                      left_out_text(left_out));
  }
  return false;
}

void CallGate::leave() {
  const std::lock_guard lock(mutex_);
  --admitted_;
}

void CallGate::run(std::function<void()> call) {
  {
    const std::lock_guard lock(mutex_);
    if (running_ == bounds_.at_once) {
      waiting_.push_back(std::move(call));
      return;
    }
    ++running_;
  }
  try {
    submit(std::move(call));
  } catch (...) {
    const std::lock_guard lock(mutex_);
    --running_;
    throw;
  }
}

std::uint64_t CallGate::refused() const {
  const std::lock_guard lock(mutex_);
  return refused_;
}

void CallGate::submit(std::function<void()> call) {
  workers_.submit([self = shared_from_this(), call = std::move(call)] {
    call();
    self->start_next();
  });
}

/// The call that has ended makes room for the one that waits longest. This is a worker, so submit() finds one.
void CallGate::start_next() {
  std::function<void()> next;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      --running_;
      return;
    }
    next = std::move(waiting_.front());
    waiting_.pop_front();
  }
  submit(std::move(next));
}

}  // namespace netkit
