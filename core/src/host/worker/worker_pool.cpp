#include "host/worker/worker_pool.h"

#include <pthread.h>

#include <chrono>
#include <exception>
#include <utility>

namespace netkit {
namespace {

// Poco counts an idle pool thread as expired after so many seconds; ours stay until the pool stops.
constexpr int kPocoIdleSeconds = 3600;

constexpr const char* kThreadName = "netkit-worker";  // Poco's name for a thread does not reach the kernel

}  // namespace

WorkerPool::WorkerPool(int most_threads, std::optional<CpuSet> cpus, void (*prepare)())
    : pool_(kThreadName, 1, most_threads, kPocoIdleSeconds), cpus_(cpus), prepare_(prepare) {}

WorkerPool::~WorkerPool() {
  constexpr long kForEver = 24L * 3600 * 1000;
  stop(kForEver);
}

void WorkerPool::submit(Task&& call) {
  const std::lock_guard lock(mutex_);
  calls_.push_back({std::move(call)});
  if (static_cast<std::size_t>(idle_) >= calls_.size()) {
    work_.notify_one();
    return;
  }
  if (running_ < pool_.capacity()) {
    try {
      pool_.start(*this);
      ++running_;
      return;
    } catch (const std::exception&) {
      // No thread or no memory to be had now: the running ones come to it, unless there is none at all.
      if (running_ == 0) {
        call = std::move(calls_.back().call);
        calls_.pop_back();
        throw;
      }
    }
  }
  work_.notify_one();
}

WorkerPool::Usage WorkerPool::usage() const {
  const std::lock_guard lock(mutex_);
  return {.most_threads = pool_.capacity(), .busy = running_ - idle_, .waiting = calls_.size()};
}

bool WorkerPool::stop(long patience_ms) {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  work_.notify_all();
  if (!ended_.wait_for(lock, std::chrono::milliseconds(patience_ms), [this] { return running_ == 0; })) return false;
  lock.unlock();
  pool_.joinAll();
  return true;
}

void WorkerPool::run() {
  ::pthread_setname_np(::pthread_self(), kThreadName);
  if (cpus_) cpus_->confine(::pthread_self());
  prepare_();
  std::unique_lock lock(mutex_);
  for (;;) {
    if (calls_.empty()) {
      if (stopping_) break;
      ++idle_;
      work_.wait(lock, [this] { return stopping_ || !calls_.empty(); });
      --idle_;
      continue;
    }
    Task call = std::move(calls_.front().call);
    const std::uint64_t since = calls_.front().since;
    calls_.pop_front();
    lock.unlock();
    waits_.add(1, ticks_since(since));
    call();
    call = Task();
    lock.lock();
  }
  if (--running_ == 0) ended_.notify_all();
}

}  // namespace netkit
