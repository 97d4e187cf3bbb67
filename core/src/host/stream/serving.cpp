#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>

#include "host/loop/scratch_guard.h"
#include "host/stream/first_bytes_check.h"
#include "host/stream/moved_bytes.h"
#include "host/stream/stream_connection.h"

// The way of a byte through a connection: read, decoded, answered, sent. All that runs for each message stands in this
// file, so that it can be inlined.

namespace netkit {
namespace {

constexpr std::size_t kHeavy = std::size_t{16} << 10;  // bytes moved by one event
constexpr std::size_t kReadOn = std::size_t{1} << 20;  // received by one event where nobody else is about

}  // namespace

void StreamConnection::on_events(std::uint32_t events) {
  const MovedBytes moved(hosted_, received_bytes_, unsent_);
  serve(events);
  set_heavy(!at_rest() || moved.sum() >= kHeavy);  // always in a handshake
}

void StreamConnection::serve(std::uint32_t events) {
  if (phase_ == Phase::closed) return;
  // What comes before both sides have agreed on how to talk is no activity: nobody may take for ever over it.
  if (established()) hosted_.deadlines.moved(hosted_.loop.now());
  if (phase_ == Phase::lingering) {
    linger_on();  // a reset is an end too now
    return;
  }
  if ((events & EPOLLERR) != 0) {
    close(CloseReason::peer_reset);
    return;
  }
  if ((events & EPOLLOUT) != 0) {
    hosted_.deadlines.answers_wait(true, true, hosted_.loop.now());
    if (!send_unsent()) return;
    answer_kept();
    if (over()) return;
  }
  if ((events & (EPOLLIN | EPOLLHUP)) != 0) {
    if (can_read()) {
      read_message();
    } else if ((events & EPOLLHUP) != 0) {
      close(CloseReason::peer_reset);
    } else {
      // Reading has paused since the interest was set: only now is it worth a system call to say so.
      set_interest(interest_ & ~kReadable);
    }
  }
  if (!over()) settle();
}

/// Reads once, and on where that was a part of a message, there is more, and it keeps nobody waiting: a large message
/// is answered while its bytes are in the processor's caches.
void StreamConnection::read_message() {
  const std::uint64_t most = received_bytes_ + kReadOn;
  while (read() && received_bytes_ < most && reads_on()) {
  }
}

/// True if it has read all it had room for: there may be more.
bool StreamConnection::read() {
  if (rates() && !heed(rates()->may_read(hosted_.loop.now()))) return false;
  std::size_t room = 0;
  const auto receive_into = [&](std::span<char> into) {
    room = into.size();
    return receive(into);
  };
  const ssize_t count = input_.read(
      hosted_.loop.read_buffer(), hosted_.session.wanted(), receive_into,
      [this](std::string_view bytes) { return answer(bytes); },
      [this] { return !over() && hosted_.session.ended() == CloseReason::none; });
  if (count > 0) {
    hosted_.deadlines.heard();
  } else if (count == 0) {
    peer_done_ = true;
    end_first_bytes();
  } else if (count < 0 && errno != EAGAIN && errno != EINTR) {
    receive_failed();
  }
  return count > 0 && static_cast<std::size_t>(count) == room;
}

bool StreamConnection::reads_on() const {
  return !over() && hosted_.session.needs_more() && !hosted_.loop.has_others() && can_read();
}

/// Reads what the stream holds already, as no event will come for it. Ends: holding, a stream reads no more.
void StreamConnection::read_held() {
  while (!over() && stream_->holds_received() && can_read()) read();
}

/// As much as the byte rates have room for.
ssize_t StreamConnection::receive(std::span<char> into) {
  if (rates()) into = into.first(rates()->read_size(into.size(), hosted_.loop.now()));
  const ssize_t count = stream_->receive(into);
  if (!established() && stream_->established()) [[unlikely]] {
    const int error = errno;  // of receive(): what is sent now has its own
    handshake_done();
    errno = over() ? EAGAIN : error;
    if (over()) return -1;
  }
  if (count <= 0) return count;
  received_bytes_ += static_cast<std::size_t>(count);
  if (rates()) rates()->took_bytes(static_cast<std::size_t>(count), hosted_.loop.now());
  return count;
}

/// False if nothing is to be taken now, or the connection is gone.
bool StreamConnection::heed(RateLimiter::Verdict verdict) {
  if (verdict == RateLimiter::Verdict::close)
    close(CloseReason::rate_limit, std::string(Admission::kRatesReached.text));
  if (verdict == RateLimiter::Verdict::pause) {
    holds_ |= kByRates;
    hosted_.deadlines.heard();  // it is not silence that nothing has been taken
    hosted_.deadlines.pause(rates()->ready(hosted_.loop.now()));
  }
  return verdict == RateLimiter::Verdict::go;
}

/// Has the session answer `bytes` and sends what it answers. Returns the number of bytes used.
std::size_t StreamConnection::answer(std::string_view bytes) {
  if (rates()) hosted_.session.allow(rates()->allowance(hosted_.loop.now()));
  std::size_t used = 0;
  bool more = true;
  while (more) {
    // Straight from the loop's output to the socket, unless older answers still wait.
    const bool direct = unsent_.empty();
    Output& out = direct ? hosted_.loop.scratch_output() : unsent_.output();
    const ScratchGuard guard(hosted_.loop.scratch_output());
    used += decode(bytes.substr(used), out);
    if (hosted_.handle && hosted_.handle->has_mail() && !hosted_.calling())
      deliver_mail(out);  // what the calls have sent unasked leaves with their answers
    const bool was_full = hosted_.session.backed_up(out);
    if (!out.empty() && !went_well(direct ? unsent_.send(*stream_, out) : unsent_.send(*stream_))) return used;
    more = was_full && unsent_.empty() && used < bytes.size();
  }
  if (rates() && (holds_ & kByHandler) == 0 && hosted_.session.used_up() && used < bytes.size() &&
      !heed(rates()->over()))
    return used;
  if (hosted_.session.busy() && hosted_.session.job_ready()) start_call();
  return used;
}

/// Has the session answer `bytes` into `out`, and counts the messages before their answers leave.
std::size_t StreamConnection::decode(std::string_view bytes, Output& out) {
  if (at_first_bytes_ && !admits_first_bytes(bytes)) [[unlikely]]
    return 0;
  TrafficTally tally(hosted_.session, hosted_.counters());
  const std::uint64_t start = ticks();
  const std::size_t used = hosted_.session.receive(bytes, out);
  tally.time(start);
  if (hosted_.session.ended() == CloseReason::malformed) [[unlikely]]
    note_malformed(bytes, used);
  if (rates()) rates()->took_messages(tally.received(), hosted_.loop.now());
  return used;
}

/// False if `bytes`, all that has come, are not to be decoded.
[[gnu::cold, gnu::noinline]] bool StreamConnection::admits_first_bytes(std::string_view bytes) {
  const FirstBytesVerdict verdict = check_first_bytes(bytes, hosted_.session, *this, hosted_.context);
  at_first_bytes_ = verdict == FirstBytesVerdict::wait;
  return verdict == FirstBytesVerdict::admit;
}

/// What has come may be decoded now.
void StreamConnection::end_first_bytes() {
  if (!at_first_bytes_) return;
  at_first_bytes_ = false;
  hosted_.session.set_needs_more(false);
}

/// Answers whole messages that are kept, as far as that goes now.
void StreamConnection::answer_kept() {
  if (!holds_messages()) return;
  if (can_answer()) input_.use_kept([this](std::string_view bytes) { return answer(bytes); });
  if (input_.empty() || hosted_.session.ended() != CloseReason::none) input_.release();
}

/// False if the connection is gone.
bool StreamConnection::went_well(const SendQueue::Result& sent) {
  if (sent.ok()) return true;
  close(sent.reason(), sent.detail());
  return false;
}

/// Counts what waits in memory, and reads no more while that is much and memory is short.
inline void StreamConnection::count_memory() {
  std::size_t waits = unsent_.held() + input_.held() + stream_->held();
  if (hosted_.handle) waits += hosted_.weight();
  if (memory_.counts(waits) && memory_.counted() < MemoryBudget::kHeavy) return;
  count_memory(waits);
}

void StreamConnection::count_memory(std::size_t waits) {
  MemoryBudget& memory = hosted_.context.server.memory;
  memory_.count(memory, waits);
  // Only behind answers that it can take: what is received of a message goes on.
  const bool heavy = unsent_.output().waiting() >= MemoryBudget::kHeavy;
  holds_ = heavy && memory.tight() ? holds_ | kByMemory : holds_ & ~kByMemory;
}

/// After anything has moved: finds out what comes next.
void StreamConnection::settle() {
  count_memory();
  answer_kept();
  read_held();
  if (over()) return;
  if (last_chance_ && hosted_.session.messages() > 0) [[unlikely]] {
    last_chance_ = false;
    return end_soon(CloseReason::shutdown);
  }
  if (hosted_.session.wants_tls() && hosted_.session.ended() == CloseReason::none && all_sent()) begin_tls();
  if (hosted_.session.busy() && hosted_.session.job_ready()) start_call();
  if (peer_done_ || phase_ == Phase::ending) finish_input();
  if (over()) return;
  if (hosted_.handle) {
    hosted_.handle->report_unsent(unsent_.output().waiting());
    if (hosted_.handle->call) hosted_.handle->call->report_unsent(unsent_.output().waiting());
  }
  if (hosted_.session.ended() == CloseReason::none || hosted_.calling() || !all_sent()) {
    const bool readable = can_read();
    const bool sent = all_sent();
    update_interest(readable, sent);
    watch_time(readable, sent);
  } else if (peer_done_) {
    close(hosted_.session.ended(), hosted_.session.end_detail());
  } else {
    linger(hosted_.session.ended());
  }
}

/// Sees to an end of the peer's side, or of the connection's time, once all that has come is answered.
void StreamConnection::finish_input() {
  if (peer_done_ && !established()) return hosted_.session.end(CloseReason::peer_closed);
  if (!can_answer() || hosted_.session.call_open() || holds_messages()) return;
  if (peer_done_) {
    receive_end();
    input_.release();
    if (!all_sent() && !send_unsent()) return;
    if (hosted_.session.busy() && hosted_.session.job_ready()) start_call();
  } else if (phase_ == Phase::ending && all_sent()) {
    linger(reason_);
  }
}

void StreamConnection::receive_end() {
  TrafficTally tally(hosted_.session, hosted_.counters());
  const std::uint64_t start = ticks();
  hosted_.session.receive_end(input_.view(), unsent_.output());
  tally.time(start);
  if (hosted_.session.ended() == CloseReason::malformed) note_malformed(input_.view(), 0);
}

/// EPOLLIN is taken back only when an event comes that cannot be used: most pauses are over before that.
void StreamConnection::update_interest(bool readable, bool sent) {
  std::uint32_t wanted = interest_ & kReadable;
  if (readable) wanted |= kReadable;
  if (!sent) wanted |= EPOLLOUT;
  set_interest(wanted);
}

/// False if the peer is slower than it may be: with a message that has begun and is read, or with answers that wait.
bool StreamConnection::keeps_pace() {
  const TimePoint now = hosted_.loop.now();
  const char* const missed = speeds_->missed({.receiving = !input_.empty() && can_read(),
                                              .received_bytes = received_bytes_,
                                              .sending = !all_sent(),
                                              .sent_bytes = unsent_.sent_bytes()},
                                             now);
  if (missed != nullptr) {
    close(CloseReason::too_slow, missed);
    return false;
  }
  hosted_.deadlines.also_at(speeds_->next_look());
  return true;
}

/// Tells the deadlines what is waited for, and the loop when to look at them if that is sooner than it knows.
void StreamConnection::watch_time(bool readable, bool sent) {
  if (speeds_ && speeds_->has_least() && !keeps_pace()) return;
  const TimePoint now = hosted_.loop.now();
  hosted_.deadlines.part_held(!input_.empty(), hosted_.session.messages(), now);
  hosted_.deadlines.reading(readable, now);
  hosted_.deadlines.answers_wait(!sent, false, now);
  if (hosted_.handle) hosted_.watch_calls();
  if (const TimePoint look = hosted_.deadlines.next_look(); look != TimePoint::max())
    hosted_.loop.set_deadline(*this, look);
}

}  // namespace netkit
