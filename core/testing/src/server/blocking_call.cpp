#include "server/blocking_call.h"

#include <stop_token>
#include <utility>

namespace netkit::testing {

BlockingCall::~BlockingCall() {
  if (thread_.joinable()) thread_.join();
}

void BlockingCall::start(bool own_thread) {
  waits_for_room_ = own_thread;
  if (own_thread) {
    thread_ = std::thread([this] { run(); });
  } else {
    run();
  }
}

void BlockingCall::run() {
  job_->run(*this);
  const std::lock_guard lock(mutex_);
  done_ = true;
  loops_.wake();
}

bool BlockingCall::done() const {
  const std::lock_guard lock(mutex_);
  return done_;
}

Job& BlockingCall::finish() {
  if (thread_.joinable()) thread_.join();
  return *job_;
}

bool BlockingCall::take(Output& out) {
  const std::lock_guard lock(mutex_);
  if (answers_.empty()) return false;
  out.append(answers_);
  return true;
}

void BlockingCall::report_unsent(std::size_t bytes) {
  {
    const std::lock_guard lock(mutex_);  // who waits for room must not miss it
    unsent_ = bytes;
  }
  room_.notify_all();
}

void BlockingCall::begin_answer() {
  if (std::exchange(has_answered_, true) && waits_for_room_) wait_for_room();
  encoder_mutex_.lock();
}

void BlockingCall::pass_on(Output& answers) {
  {
    const std::lock_guard lock(mutex_);
    answers_.append(answers);
  }
  encoder_mutex_.unlock();
  loops_.wake();
}

void BlockingCall::wait_for_room() {
  const std::stop_token stop = job_->stop_token();
  const std::stop_callback wake(stop, [this] {
    const std::lock_guard lock(mutex_);
    room_.notify_all();
  });
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] { return stop.stop_requested() || answers_.waiting() + unsent_ < output_limit_; });
}

}  // namespace netkit::testing
