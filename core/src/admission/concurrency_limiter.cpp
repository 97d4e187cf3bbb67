#include "admission/concurrency_limiter.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace netkit {

struct ConcurrencyLimiter::Source {
  explicit Source(const CallSource& its_id) : id(its_id) {
    Lengths one{{0, this}};
    length = one.extract(one.begin());
  }

  const CallSource id;
  std::size_t permits = 0;  // the refused ones too
  std::size_t running = 0;
  std::list<Call*> waiting{};
  // What it has in waiting_ and lengths_ while it waits, and here else: so that queueing a call cannot fail.
  std::list<Source*> turn{this};
  const std::list<Source*>::iterator in_turn = turn.begin();
  Lengths::node_type length{};
  Lengths::iterator in_lengths{};
};

/// What is kept of each permit.
struct ConcurrencyLimiter::Call final : Place {
  Source* source = nullptr;
  Task run{};                       // while it waits, as is the next
  Ticket* ticket = nullptr;         // or null
  std::list<Call*> position{this};  // for the queue while it is not there, as Source has it
  const std::list<Call*>::iterator in_queue = position.begin();
  bool running = false;
};

ConcurrencyLimiter::ConcurrencyLimiter(CallBounds bounds, std::size_t per_source, std::string name, Executor& executor,
                                       Log& log)
    : bounds_(bounds), per_source_(per_source), name_(std::move(name)), executor_(executor), log_(log) {}

ConcurrencyLimiter::~ConcurrencyLimiter() = default;

CallPermit ConcurrencyLimiter::admit(const CallSource& from) {
  CallPermit permit;
  Task refused;
  {
    const std::lock_guard lock(mutex_);
    const bool full = permits_ == bounds_.at_once + bounds_.waiting;
    Source* const longest = full ? longer_queue(from) : nullptr;
    if (!full || longest != nullptr) permit = make_permit(from);
    if (longest != nullptr) refused = refuse_last(*longest);
  }
  if (refused || !permit) tell_refusal();
  if (refused) refused();
  return permit;
}

CallPermit ConcurrencyLimiter::make_permit(const CallSource& from) {
  auto call = std::make_unique<Call>();
  Source& source = sources_.try_emplace(from, from).first->second;
  call->source = &source;
  ++source.permits;
  ++permits_;
  return CallPermit(shared_from_this(), std::move(call));
}

/// The source with the longest queue, if that stays as long as the other's even if one of its calls gives place to one
/// of the other's; else null.
ConcurrencyLimiter::Source* ConcurrencyLimiter::longer_queue(const CallSource& than) {
  if (lengths_.empty()) return nullptr;
  const auto known = sources_.find(than);
  const std::size_t length = known == sources_.end() ? 0 : known->second.waiting.size();
  const auto& [most, longest] = *lengths_.rbegin();
  return most > length + 1 ? longest : nullptr;
}

/// Returns what is to run now, to refuse the call.
Task ConcurrencyLimiter::refuse_last(Source& source) {
  Call& call = *source.waiting.back();
  stop_waiting(call);
  call.refused = true;
  --permits_;
  return std::exchange(call.run, {});
}

void ConcurrencyLimiter::tell_refusal() {
  std::uint64_t left_out = 0;
  if (!log_throttle_.admits(left_out)) return;
  const std::string text = name_ + ": refused a message: " + std::to_string(bounds_.at_once) + " calls run and " +
                           std::to_string(bounds_.waiting) + " wait" + left_out_text(left_out);
  log_.event(LogLevel::warning, "call-refused",
             {{"listener", name_},
              {"running", static_cast<std::int64_t>(bounds_.at_once)},
              {"waiting", static_cast<std::int64_t>(bounds_.waiting)},
              {"left_out", static_cast<std::int64_t>(left_out)},
              {"text", text}});
}

void ConcurrencyLimiter::take_back(Place* place) noexcept {
  auto& call = static_cast<Call&>(*place);
  {
    const std::lock_guard lock(mutex_);
    stop_waiting(call);
    if (call.running) {
      --running_;
      --call.source->running;
    }
    if (!call.refused) --permits_;
    if (--call.source->permits == 0) sources_.erase(CallSource(call.source->id));
  }
  start_next();
}

void ConcurrencyLimiter::run(const CallPermit& permit, Task work, Ticket* ticket) {
  auto& call = static_cast<Call&>(*permit.place());
  {
    const std::lock_guard lock(mutex_);
    if (!waiting_.empty() || running_ == bounds_.at_once || over_bound(*call.source)) {
      call.run = std::exchange(work, {});
      call.ticket = ticket;
      wait(call);
    } else {
      begin(call);
    }
  }
  if (!work) return start_next();  // a source that waits may have all it may have
  try {
    executor_.submit(std::move(work));
  } catch (...) {
    const std::lock_guard lock(mutex_);
    call.running = false;
    --running_;
    --call.source->running;
    throw;
  }
}

bool ConcurrencyLimiter::withdraw(Ticket& ticket) {
  Task withdrawn;  // destroyed without the lock: it may hold what gives a permit back
  const std::lock_guard lock(mutex_);
  auto* const call = static_cast<Call*>(ticket.waiting_);
  if (call == nullptr) return false;
  stop_waiting(*call);
  withdrawn = std::exchange(call->run, {});
  return true;
}

ConcurrencyLimiter::Usage ConcurrencyLimiter::usage() const {
  const std::lock_guard lock(mutex_);
  Usage usage{.running = running_};
  for (const Source* source : waiting_) usage.waiting += source->waiting.size();
  return usage;
}

/// Of a source that may not run one more, whoever else there is.
bool ConcurrencyLimiter::over_bound(const Source& source) const {
  return per_source_ > 0 && source.id.limited && source.running >= per_source_;
}

/// Of a source that lets others go before.
bool ConcurrencyLimiter::over_share(const Source& source) const {
  return source.running >= std::max<std::size_t>(1, bounds_.at_once / 2);
}

void ConcurrencyLimiter::begin(Call& call) {
  call.running = true;
  ++running_;
  ++call.source->running;
}

/// Puts the call behind those of its source, and the source behind the others, unless it waits already.
void ConcurrencyLimiter::wait(Call& call) {
  Source& source = *call.source;
  if (source.waiting.empty()) waiting_.splice(waiting_.end(), source.turn);
  source.waiting.splice(source.waiting.end(), call.position);
  if (call.ticket != nullptr) call.ticket->waiting_ = &call;
  count_length(source);
}

/// Does nothing if it does not wait.
void ConcurrencyLimiter::stop_waiting(Call& call) {
  if (!call.position.empty()) return;
  Source& source = *call.source;
  call.position.splice(call.position.end(), source.waiting, call.in_queue);
  if (source.waiting.empty()) source.turn.splice(source.turn.end(), waiting_, source.in_turn);
  if (call.ticket != nullptr) call.ticket->waiting_ = nullptr;
  count_length(source);
}

/// After the source's queue has changed.
void ConcurrencyLimiter::count_length(Source& source) {
  if (source.length.empty()) source.length = lengths_.extract(source.in_lengths);
  if (source.waiting.empty()) return;
  source.length.value().first = source.waiting.size();
  source.in_lengths = lengths_.insert(std::move(source.length)).position;
}

/// Whose turn it is; null if nobody may begin.
ConcurrencyLimiter::Source* ConcurrencyLimiter::next_source() {
  Source* second = nullptr;  // over its share, but nobody else could go on
  for (Source* source : waiting_) {
    if (over_bound(*source)) continue;
    if (!over_share(*source)) return source;
    if (second == nullptr) second = source;
  }
  return second;
}

/// The call whose turn it is, which runs from now on; empty if none is to begin.
Task ConcurrencyLimiter::take_next() {
  const std::lock_guard lock(mutex_);
  if (running_ == bounds_.at_once) return {};
  Source* const source = next_source();
  if (source == nullptr) return {};
  Call& call = *source->waiting.front();
  stop_waiting(call);
  begin(call);
  if (!source->waiting.empty()) waiting_.splice(waiting_.end(), waiting_, source->in_turn);
  return std::exchange(call.run, {});
}

/// What has ended makes room for those that wait, behind the other listeners' calls. The executor has threads by then;
/// if it finds no memory, the call runs here.
void ConcurrencyLimiter::start_next() {
  while (Task next = take_next()) {
    try {
      executor_.submit(std::move(next));
    } catch (const std::exception&) {
      next();
    }
  }
}

}  // namespace netkit
