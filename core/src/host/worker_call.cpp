#include "host/worker_call.h"

#include <utility>

namespace netkit {

void WorkerCall::start(WorkerPool& workers) {
  workers.submit([self = shared_from_this()] {
    self->job_->run(*self);
    self->loop_.post([self] { self->owner_.on_return(*self->job_); });
  });
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
  posted_ += weight;
  loop_.post([self = shared_from_this(), piece, weight] {
    {
      const std::lock_guard posted_lock(self->mutex_);
      self->posted_ -= weight;
    }
    self->owner_.on_answers(*piece);
  });
  room_.wait(lock, stop, [this] { return posted_ + unsent_ < kMostUnsent; });
}

}  // namespace netkit
