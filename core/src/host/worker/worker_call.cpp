#include "host/worker/worker_call.h"

#include <chrono>
#include <new>
#include <thread>
#include <utility>

namespace netkit {
namespace {

constexpr std::chrono::milliseconds kNextTry{10};

}  // namespace

void WorkerCall::start(WorkerPool& workers, ConcurrencyLimiter* limiter) {
  auto call = [self = shared_from_this()] {
    self->job_->run(*self);
    while (!self->hand_back()) std::this_thread::sleep_for(kNextTry);
  };
  limiter_ = limiter;
  if (limiter != nullptr) {
    limiter->run(std::move(call), this);
  } else {
    workers.submit(std::move(call));
  }
}

void WorkerCall::cancel() {
  job_->cancel();
  if (limiter_ == nullptr) return;
  try {
    // Later: the caller still works on what on_return() ends.
    loop_.post([self = shared_from_this()] {
      if (self->limiter_->withdraw(self.get())) self->owner_.on_return(*self->job_);
    });
  } catch (const std::bad_alloc&) {
    // It comes back in its turn.
  }
}

/// False if there is no memory for it now. The owner waits for its call: it must come back.
bool WorkerCall::hand_back() {
  try {
    loop_.post([self = shared_from_this()] { self->owner_.on_return(*self->job_); });
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

void WorkerCall::report_unsent(std::size_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    unsent_ = bytes;
  }
  room_.notify_one();
}

void WorkerCall::pass_on(Output& answers) {
  const std::stop_token stop = job_->stop_token();
  if (stop.stop_requested()) {
    answers.clear();
    return;
  }
  auto piece = std::make_shared<Output>();
  const std::size_t weight = answers.waiting() + answers.bodies() * kBodyCounts;
  piece->append(answers);
  std::unique_lock lock(mutex_);
  loop_.post([self = shared_from_this(), piece, weight] {
    {
      const std::lock_guard posted_lock(self->mutex_);
      self->posted_ -= weight;
    }
    self->owner_.on_answers(*piece);
  });
  posted_ += weight;  // only once it is posted; until the lock is free the loop cannot take it off
  room_.wait(lock, stop, [this] { return posted_ + unsent_ < kMostUnsent; });
}

}  // namespace netkit
