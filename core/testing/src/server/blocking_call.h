#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>

#include "server/loops.h"
#include "session/job.h"
#include "session/output.h"

namespace netkit::testing {

/// A call that may block: on a thread of its own, which waits whenever the peer has too much to read, or at once. All
/// is for the test's thread.
class BlockingCall final : private AnswerSink {
 public:
  /// `loops` hear of what it answers, and outlive it. `output_limit`: bytes of answers that may wait.
  BlockingCall(std::unique_ptr<Job> job, Loops& loops, std::size_t output_limit)
      : job_(std::move(job)), loops_(loops), output_limit_(output_limit) {}
  /// Waits for the thread.
  ~BlockingCall() override;

  void start(bool own_thread);
  /// It is on a thread of its own, and finish() is to come.
  bool on_thread() const { return thread_.joinable(); }
  /// It has returned.
  bool done() const;
  /// Waits for the thread. The job is the session's to complete.
  Job& finish();
  void cancel() { job_->cancel(); }

  /// Moves the answers given so far to `out`. False if there are none.
  bool take(Output& out);
  /// Keeps the thread from framing an answer as long as the lock is held.
  std::unique_lock<std::mutex> hold_encoder() { return std::unique_lock(encoder_mutex_); }
  /// How many bytes the peer has yet to take.
  void report_unsent(std::size_t bytes);

 private:
  void begin_answer() override;
  void give_up_answer() noexcept override { encoder_mutex_.unlock(); }
  void pass_on(Output& answers) override;
  void run();
  void wait_for_room();

  const std::unique_ptr<Job> job_;
  Loops& loops_;
  const std::size_t output_limit_;
  std::mutex encoder_mutex_;  // held by who uses the encoder
  mutable std::mutex mutex_;
  std::condition_variable room_;
  Output answers_;  // guarded by mutex_, as are the two below
  std::size_t unsent_ = 0;
  bool done_ = false;
  bool waits_for_room_ = false;
  bool has_answered_ = false;  // of the call alone
  std::thread thread_;
};

}  // namespace netkit::testing
