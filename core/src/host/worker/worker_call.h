#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "admission/concurrency_limiter.h"
#include "base/time_histogram.h"
#include "host/loop/event_loop.h"
#include "host/worker/worker_pool.h"
#include "session/job.h"

namespace netkit {

/// One job on its way through the worker pool and back to the loop it came from. While the job runs, its answers come
/// to the owner as they are given. Before a further answer of the same call the worker waits while the peer has too
/// much to read already: whoever answers slow readers with many messages does so by a reply that it keeps.
class WorkerCall final : private AnswerSink, public std::enable_shared_from_this<WorkerCall> {
 public:
  /// Both calls come on the loop thread. The owner must live until on_return().
  class Owner {
   public:
    virtual ~Owner() = default;
    /// There are answers to take().
    virtual void on_answers() = 0;
    virtual void on_return(Job& job) = 0;
    /// Any thread.
    virtual const char* listener_name() const { return ""; }
    /// Where the time of the call is counted; null: nowhere. Lives as long as the call's context.
    virtual TimeHistogram* call_times() { return nullptr; }
  };

  /// `context` is the one the job's session belongs to: a worker may be the last to know of a call.
  WorkerCall(std::unique_ptr<Job> job, Owner& owner, EventLoop& loop, std::shared_ptr<const void> context)
      : context_(std::move(context)), job_(std::move(job)), owner_(owner), loop_(loop) {
    given_.keep_message_ends();  // jobs of streams mark none
  }

  /// `limiter` has the call's turn, if it is not null. Throws if there is no thread to be had.
  void start(WorkerPool& workers, ConcurrencyLimiter* limiter);

  /// Nobody waits for the answers any more; they are dropped. A call that waits for its turn comes back without one.
  /// Loop thread.
  void cancel();

  /// Tells how many bytes of answers the peer has yet to take. Loop thread.
  void report_unsent(std::size_t bytes);

  /// Moves the answers given so far to `out`. Loop thread.
  void take(Output& out);

  /// The same, and keeps the worker from framing an answer as long as the lock is held, so that somebody else may.
  /// Without a lock, and nothing is moved, if the worker is amid an answer: on_answers() comes when it is whole.
  std::unique_lock<std::mutex> hold_encoder(Output& out);

 private:
  static constexpr std::size_t kMostUnsent = std::size_t{1} << 20;
  static constexpr std::size_t kBodyCounts = std::size_t{64} << 10;  // what a streamed body counts

  void run();
  bool hand_back();
  void begin_answer() override;
  void pass_on(Output& answers) override;
  void give_up_answer() noexcept override;
  void wait_for_room();
  std::size_t given() const { return given_.waiting() + given_.bodies() * kBodyCounts; }

  const std::shared_ptr<const void> context_;  // first: what the job holds may be of its plugin
  std::unique_ptr<Job> job_;
  Owner& owner_;
  EventLoop& loop_;
  TimeHistogram* times_ = nullptr;  // of context_, as is the next
  ConcurrencyLimiter* limiter_ = nullptr;
  std::mutex encoder_mutex_;  // held by whoever frames an answer, for as long as that takes
  std::unique_lock<std::mutex> framing_{encoder_mutex_, std::defer_lock};  // the worker's
  bool has_answered_ = false;                                              // likewise
  std::mutex mutex_;                                                       // held for moments only
  std::condition_variable_any room_;
  Output given_;            // guarded by mutex_, as is all below
  std::size_t unsent_ = 0;  // as the loop last reported
  bool announced_ = false;
};

}  // namespace netkit
