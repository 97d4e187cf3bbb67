#pragma once

#include <Poco/Runnable.h>
#include <Poco/ThreadPool.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

#include "base/executor.h"
#include "host/loop/cpu_set.h"

namespace netkit {

/// Runs the calls of handlers that may block, on a bounded number of threads of a Poco::ThreadPool. Threads are
/// started when all are taken, up to the bound; after that calls wait in the order they came. Thread-safe.
class WorkerPool final : public Executor, private Poco::Runnable {
 public:
  /// Threads inherit the processors of the thread that starts them, unless `cpus` are given.
  explicit WorkerPool(int most_threads, std::optional<CpuSet> cpus = std::nullopt);
  /// Waits for the calls that run; those that wait are run first.
  ~WorkerPool() override;
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  void submit(Task&& call) override;

  /// Lets what was submitted finish and ends the threads. False if that took longer than `patience_ms`.
  bool stop(long patience_ms);

  Poco::ThreadPool& threads() { return pool_; }

 private:
  void run() override;

  Poco::ThreadPool pool_;
  const std::optional<CpuSet> cpus_;
  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable ended_;
  std::deque<Task> calls_;
  int running_ = 0;
  int idle_ = 0;
  bool stopping_ = false;
};

}  // namespace netkit
