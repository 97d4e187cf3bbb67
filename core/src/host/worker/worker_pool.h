#pragma once

#include <Poco/Runnable.h>
#include <Poco/ThreadPool.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

#include "base/executor.h"
#include "base/time_histogram.h"
#include "host/loop/cpu_set.h"

namespace netkit {

/// Runs the calls of handlers that may block, on a bounded number of threads of a Poco::ThreadPool. Threads are
/// started when all are taken, up to the bound; after that calls wait in the order they came. Thread-safe.
class WorkerPool final : public Executor, private Poco::Runnable {
 public:
  /// Threads inherit the processors of the thread that starts them, unless `cpus` are given. `prepare` is called on
  /// each before its first call.
  explicit WorkerPool(
      int most_threads, std::optional<CpuSet> cpus = std::nullopt, void (*prepare)() = [] {});
  /// Waits for the calls that run; those that wait are run first.
  ~WorkerPool() override;
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  void submit(Task&& call) override;

  /// Lets what was submitted finish and ends the threads. False if that took longer than `patience_ms`.
  bool stop(long patience_ms);

  struct Usage {
    int most_threads = 0;
    int busy = 0;             ///< Threads that run a call.
    std::size_t waiting = 0;  ///< Calls that wait for a thread.
  };
  Usage usage() const;
  /// How long calls have waited for a thread.
  TimeHistogram::Reading waits() const { return waits_.read(); }

  Poco::ThreadPool& threads() { return pool_; }

 private:
  struct Waiting {
    Task call;
    std::uint64_t since = ticks();
  };

  void run() override;

  Poco::ThreadPool pool_;
  const std::optional<CpuSet> cpus_;
  void (*const prepare_)();
  TimeHistogram waits_;
  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable ended_;
  std::deque<Waiting> calls_;
  int running_ = 0;
  int idle_ = 0;
  bool stopping_ = false;
};

}  // namespace netkit
