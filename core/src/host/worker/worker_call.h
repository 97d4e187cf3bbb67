#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>

#include "admission/concurrency_limiter.h"
#include "host/loop/event_loop.h"
#include "host/worker/worker_pool.h"
#include "session/job.h"

namespace netkit {

/// One job on its way through the worker pool and back to the loop it came from. While the job runs, its answers come
/// to the owner in pieces, and the worker waits whenever the peer has too many of them to read already.
class WorkerCall final : private AnswerSink, public std::enable_shared_from_this<WorkerCall> {
 public:
  /// Both calls come on the loop thread. The owner must live until on_return().
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void on_answers(Output& answers) = 0;
    virtual void on_return(Job& job) = 0;
  };

  /// `context` is the one the job's session belongs to: a worker may be the last to know of a call.
  WorkerCall(std::unique_ptr<Job> job, Owner& owner, EventLoop& loop, std::shared_ptr<const ListenerContext> context)
      : context_(std::move(context)), job_(std::move(job)), owner_(owner), loop_(loop) {}

  /// `limiter` says when it is the call's turn, if it is not null. Throws if there is no thread to be had.
  void start(WorkerPool& workers, ConcurrencyLimiter* limiter);

  /// Nobody waits for the answers any more; they are dropped. A call that waits for its turn comes back without one.
  /// Loop thread.
  void cancel();

  /// Tells how many bytes of answers the peer has yet to take. Loop thread.
  void report_unsent(std::size_t bytes);

 private:
  static constexpr std::size_t kMostUnsent = std::size_t{1} << 20;
  static constexpr std::size_t kBodyCounts = std::size_t{64} << 10;  // a body weighs as much as one piece of answers

  bool hand_back();
  void pass_on(Output& answers) override;

  const std::shared_ptr<const ListenerContext> context_;  // first: what the job holds may be of its plugin
  std::unique_ptr<Job> job_;
  Owner& owner_;
  EventLoop& loop_;
  ConcurrencyLimiter* limiter_ = nullptr;  // of context_
  std::mutex mutex_;
  std::condition_variable_any room_;
  std::size_t posted_ = 0;  // on the way to the loop; guarded by mutex_
  std::size_t unsent_ = 0;  // as the loop last reported; guarded by mutex_
};

}  // namespace netkit
