#include "host/worker/worker_call.h"

#include <chrono>
#include <new>
#include <thread>
#include <utility>

#include "base/current_call.h"

namespace netkit {
namespace {

constexpr std::chrono::milliseconds kNextTry{10};

}  // namespace

void WorkerCall::start(WorkerPool& workers, ConcurrencyLimiter* limiter) {
  auto call = [self = shared_from_this()] {
    const CallScope scope("on_message", self->owner_.listener_name());
    self->run();
    while (!self->hand_back()) std::this_thread::sleep_for(kNextTry);
  };
  limiter_ = limiter;
  times_ = owner_.call_times();
  if (limiter != nullptr) {
    limiter->run(job_->permit(), std::move(call), this);
  } else {
    workers.submit(std::move(call));
  }
}

/// A call that is answered later is timed by its reply.
void WorkerCall::run() {
  const std::uint64_t start = ticks();
  job_->run(*this);
  if (times_ != nullptr && !job_->deferred()) times_->add(1, ticks_since(start));
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

void WorkerCall::take(Output& out) {
  const std::lock_guard lock(mutex_);
  announced_ = false;
  out.append(given_);
}

std::unique_lock<std::mutex> WorkerCall::hold_encoder(Output& out) {
  std::unique_lock lock(encoder_mutex_, std::try_to_lock);
  if (lock) take(out);
  return lock;
}

void WorkerCall::begin_answer() {
  if (std::exchange(has_answered_, true)) wait_for_room();
  framing_.lock();
}

void WorkerCall::wait_for_room() {
  const std::stop_token stop = job_->stop_token();
  std::unique_lock lock(mutex_);
  room_.wait(lock, stop, [this] { return given() + unsent_ < kMostUnsent; });
}

void WorkerCall::give_up_answer() noexcept { framing_.unlock(); }

void WorkerCall::pass_on(Output& answers) {
  const std::stop_token stop = job_->stop_token();
  const std::lock_guard lock(mutex_);
  if (stop.stop_requested()) {
    answers.clear();
  } else {
    if (answers.keeps_message_ends()) given_.keep_message_ends();
    given_.append(answers);
  }
  // Before the loop hears of it: it may have an answer of its own to frame.
  framing_.unlock();
  if (!announced_ && !given_.empty()) {
    loop_.post([self = shared_from_this()] { self->owner_.on_answers(); });
    announced_ = true;
  }
}

}  // namespace netkit
