#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "base/executor.h"
#include "base/log_throttle.h"
#include "netkit/handler.h"
#include "netkit/plugin.h"
#include "netkit/task.h"
#include "session/call_limiter.h"

namespace netkit {

/// Keeps the calls of one handler within its bounds: so many run at once, so many more wait here for their turn without
/// a thread; the rest is refused, counted and logged. A call runs from its turn to the end of its permit, which a reply
/// may keep. Thread-safe; always held by a shared_ptr.
///
/// Sources take turns, and each has its own queue, in order. While another source could go on, none has more than half
/// of the calls that run; none ever has more than its own bound. When all places are taken, the last call of the
/// longest queue makes room for one of a source that has at least two fewer, and is refused in its stead.
///
///     waiting   A: a5 a6 a7   B: b2   C: c1        next: a5 b2 c1 a6 a7        no place for b3: a7 is refused
class ConcurrencyLimiter final : public CallLimiter, public std::enable_shared_from_this<ConcurrencyLimiter> {
 public:
  /// `name` is the listener's. `per_source`: how many calls of one source run at once; 0: any number. `executor` runs
  /// the calls; it and `log` outlive the limiter.
  ConcurrencyLimiter(CallBounds bounds, std::size_t per_source, std::string name, Executor& executor, Log& log);
  ~ConcurrencyLimiter() override;

  CallPermit admit(const CallSource& from) override;

  /// Holds the place of a call in its queue while it waits.
  class Ticket {
    friend class ConcurrencyLimiter;
    Place* waiting_ = nullptr;  // guarded by the limiter's mutex
  };

  /// Runs the call of a permit that this limiter has given, at once or in its turn; it runs also if it is refused, on
  /// the thread that takes its place. Once for each permit. `ticket` is for withdraw() and lives as long as `work`.
  /// Throws if there is no thread to be had.
  void run(const CallPermit& permit, Task work, Ticket* ticket = nullptr);

  /// Takes the call out of those that wait. False if it does not wait: it runs, or ran.
  bool withdraw(Ticket& ticket);

  struct Usage {
    std::size_t running = 0;
    std::size_t waiting = 0;  ///< For their turn.
  };
  Usage usage() const;

 private:
  struct Source;
  struct Call;
  using Sources = std::map<CallSource, Source>;
  using Lengths = std::set<std::pair<std::size_t, Source*>>;

  CallPermit make_permit(const CallSource& from);
  Source* longer_queue(const CallSource& than);
  Task refuse_last(Source& source);
  void take_back(Place* place) noexcept override;
  void tell_refusal();
  bool over_bound(const Source& source) const;
  bool over_share(const Source& source) const;
  void begin(Call& call);
  void wait(Call& call);
  void stop_waiting(Call& call);
  void count_length(Source& source);
  Source* next_source();
  Task take_next();
  void start_next();

  const CallBounds bounds_;
  const std::size_t per_source_;
  const std::string name_;
  Executor& executor_;
  Log& log_;
  LogThrottle log_throttle_;
  mutable std::mutex mutex_;
  Sources sources_;             // those with a permit; guarded by mutex_, as is all below
  std::list<Source*> waiting_;  // those with a call that waits, in turn
  Lengths lengths_;             // of their queues
  std::size_t permits_ = 0;     // given out
  std::size_t running_ = 0;
};

}  // namespace netkit
