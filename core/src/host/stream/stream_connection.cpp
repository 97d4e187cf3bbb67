#include "host/stream/stream_connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "base/run_guarded.h"
#include "host/loop/scratch_guard.h"
#include "host/transport/plain_stream.h"
#include "host/transport/tls_stream.h"
#include "host/worker/worker_call.h"

namespace netkit {
namespace {

constexpr std::chrono::seconds kLinger{2};
constexpr std::size_t kHeavy = std::size_t{16} << 10;  // bytes moved by one event
constexpr std::uint32_t kReadable = EPOLLIN | EPOLLRDHUP;

std::unique_ptr<Stream> make_stream(const ListenerContext& context, UniqueFd socket) {
  if (context.tls) return std::make_unique<TlsStream>(std::move(socket), context.tls->make_engine());
  return std::make_unique<PlainStream>(std::move(socket));
}

}  // namespace

void StreamConnection::open(EventLoop& loop, AcceptedSocket accepted) {
  auto owned = std::make_unique<StreamConnection>(loop, std::move(accepted));
  StreamConnection& connection = *owned;
  loop.adopt(std::move(owned));
  loop.guarded(connection, [&connection] { connection.begin(); });
}

StreamConnection::StreamConnection(EventLoop& loop, AcceptedSocket accepted)
    : loop_(loop),
      permit_(std::move(accepted.permit)),
      context_(accepted.context),
      stream_(make_stream(context_, std::move(accepted.socket))),
      address_(accepted.address),
      session_(context_.protocol, *this),
      opened_(loop.now()),
      deadlines_(context_.timeouts, opened_),
      rates_(RateLimiter::make(permit_, address_)),
      paces_(
          context_.limits.least_received.count > 0 || context_.limits.least_sent.count > 0
              ? std::make_unique<Paces>(Paces{Pace(context_.limits.least_received), Pace(context_.limits.least_sent)})
              : nullptr),
      phase_(stream_->established() ? Phase::serving : Phase::handshake) {
  context_.opened(*this);
}

StreamConnection::~StreamConnection() {
  if (counted_ > 0) count_memory(0);
  if (handle_) handle_->end();
}

void StreamConnection::begin() {
  interest_ = kReadable;
  set_heavy(true);  // until it has shown otherwise
  if (!loop_.watch(stream_->socket(), *this, interest_)) {
    close(CloseReason::out_of_resources, std::generic_category().message(errno));
    return;
  }
  if (phase_ == Phase::serving) begin_conversation();
  if (!over()) settle();
}

/// A greeting leaves before anything that the peer has sent is looked at.
void StreamConnection::begin_conversation() {
  phase_ = Phase::serving;
  session_.open();
  if (handle_) take_mail();
}

Peer StreamConnection::peer() const {
  Peer peer = address_.peer();
  if (stream_) stream_->describe(peer);
  return peer;
}

CallSource StreamConnection::call_source() const { return address_.call_source(context_.limits.per_source.loopback); }

std::shared_ptr<HandleMaker> StreamConnection::handles() {
  if (!handle_) {
    handle_ = std::make_shared<ConversationHandle>(loop_, context_.workers, context_.shared_from_this(), peer(),
                                                   context_.protocol.output_limit, context_.handler_log);
    handle_->attach(*this);
  }
  return handle_;
}

void StreamConnection::start_tls() { throw std::logic_error("TLS cannot begin in mid-conversation on this listener"); }

void StreamConnection::on_events(std::uint32_t events) {
  const std::uint64_t before = moved_bytes();
  serve(events);
  set_heavy(!at_rest() || moved_bytes() - before >= kHeavy);
}

void StreamConnection::serve(std::uint32_t events) {
  if (phase_ == Phase::closed) return;
  // What comes before both sides have agreed on how to talk is no activity: nobody may take for ever over it.
  if (phase_ != Phase::handshake) deadlines_.moved(loop_.now());
  if (phase_ == Phase::lingering) {
    linger_on();  // a reset is an end too now
    return;
  }
  if ((events & EPOLLERR) != 0) {
    close(CloseReason::peer_reset);
    return;
  }
  if ((events & EPOLLOUT) != 0) {
    deadlines_.answers_wait(true, true, loop_.now());
    if (!send_unsent()) return;
    answer_kept();
    if (over()) return;
  }
  if ((events & (EPOLLIN | EPOLLHUP)) != 0) {
    if (can_read()) {
      read();
    } else if ((events & EPOLLHUP) != 0) {
      close(CloseReason::peer_reset);
    } else {
      // Reading has paused since the interest was set: only now is it worth a system call to say so.
      set_interest(interest_ & ~kReadable);
    }
  }
  if (!over()) settle();
}

void StreamConnection::on_deadline() {
  if (phase_ == Phase::closed) return;
  if (phase_ == Phase::lingering) {
    close(reason_, end_detail());
    return;
  }
  using Over = Deadlines::Over;
  const auto [over, reason] = deadlines_.look(loop_.now());
  if (over == Over::nothing) {
    watch_time();
  } else if (over == Over::pause) {
    deadlines_.resume(loop_.now());
    holds_ &= ~kByRates;
    settle();
  } else if (over == Over::drain) {
    close(reason_);
  } else if (reason == CloseReason::lifetime) {
    end_soon(reason);
  } else {
    close(reason, phase_ == Phase::handshake ? "in the TLS handshake" : "");
  }
}

/// Takes no new work but what had arrived; what runs may finish in its time.
void StreamConnection::end_soon(CloseReason reason) {
  if (!over() && can_read()) read();
  if (phase_ >= Phase::ending) return;
  phase_ = Phase::ending;
  reason_ = reason;
  deadlines_.ending(loop_.now());
  if ((holds_ & kByRates) != 0) {
    input_.release();  // what the rates have no room for has not begun
    holds_ &= ~kByRates;
  }
  settle();
}

void StreamConnection::read() {
  if (rates_ && !heed(rates_->may_read(loop_.now()))) return;
  const ssize_t count = input_.read(
      loop_.read_buffer(), session_.wanted(), [this](std::span<char> into) { return receive(into); },
      [this](std::string_view bytes) { return answer(bytes); },
      [this] { return !over() && session_.ended() == CloseReason::none; });
  if (count > 0) {
    deadlines_.heard();
  } else if (count == 0) {
    peer_done_ = true;
  } else if (count < 0 && errno != EAGAIN && errno != EINTR) {
    receive_failed();
  }
}

/// Tells the peer why the stream itself failed, before what the peer sent meanwhile can drown that.
void StreamConnection::receive_failed() {
  if (stream_->failure().empty()) {
    close(CloseReason::peer_reset, std::generic_category().message(errno));
  } else if (session_.busy()) {
    close(CloseReason::tls_failed, stream_->failure());
  } else {
    linger(CloseReason::tls_failed);
  }
}

/// Reads what the stream holds already, as no event will come for it. Ends: holding, a stream reads no more.
void StreamConnection::read_held() {
  while (!over() && stream_->holds_received() && can_read()) read();
}

/// As much as the byte rates have room for.
ssize_t StreamConnection::receive(std::span<char> into) {
  if (rates_) into = into.first(rates_->read_size(into.size(), loop_.now()));
  const ssize_t count = stream_->receive(into);
  if (phase_ == Phase::handshake && stream_->established()) [[unlikely]]
    begin_conversation();
  if (count <= 0) return count;
  received_bytes_ += static_cast<std::size_t>(count);
  if (rates_) rates_->took_bytes(static_cast<std::size_t>(count), loop_.now());
  return count;
}

/// False if nothing is to be taken now, or the connection is gone.
bool StreamConnection::heed(RateLimiter::Verdict verdict) {
  if (verdict == RateLimiter::Verdict::close) close(CloseReason::rate_limit, Admission::kRatesReached);
  if (verdict == RateLimiter::Verdict::pause) {
    holds_ |= kByRates;
    deadlines_.heard();  // it is not silence that nothing has been taken
    deadlines_.pause(rates_->ready(loop_.now()));
  }
  return verdict == RateLimiter::Verdict::go;
}

/// Has the session answer `bytes` and sends what it answers. Returns the number of bytes used.
std::size_t StreamConnection::answer(std::string_view bytes) {
  if (rates_) session_.allow(rates_->allowance(loop_.now()));
  std::size_t used = 0;
  bool more = true;
  while (more) {
    // Straight from the loop's output to the socket, unless older answers still wait.
    const bool direct = unsent_.empty();
    Output& out = direct ? loop_.scratch_output() : unsent_.output();
    const ScratchGuard guard(loop_.scratch_output());
    used += decode(bytes.substr(used), out);
    const bool was_full = session_.backed_up(out);
    if (!out.empty() && !went_well(direct ? unsent_.send(*stream_, out) : unsent_.send(*stream_))) return used;
    more = was_full && unsent_.empty() && used < bytes.size();
  }
  if (rates_ && session_.used_up() && used < bytes.size() && !heed(rates_->over())) return used;
  if (session_.busy() && session_.job_ready()) start_call();
  return used;
}

/// Has the session answer `bytes` into `out`, and counts the messages before their answers leave.
std::size_t StreamConnection::decode(std::string_view bytes, Output& out) {
  const std::uint64_t before = session_.messages();
  const std::size_t used = session_.receive(bytes, out);
  const std::uint64_t messages = session_.messages() - before;
  if (messages > 0) context_.counters.messages.fetch_add(messages, std::memory_order_relaxed);
  if (rates_) rates_->took_messages(messages, loop_.now());
  return used;
}

/// Answers whole messages that are kept, as far as that goes now.
void StreamConnection::answer_kept() {
  if (!holds_messages()) return;
  if (can_answer()) input_.use_kept([this](std::string_view bytes) { return answer(bytes); });
  if (input_.empty() || session_.ended() != CloseReason::none) input_.release();
}

/// False if the connection is gone.
bool StreamConnection::went_well(const SendQueue::Result& sent) {
  if (sent.ok()) return true;
  close(sent.failed, sent.detail);
  return false;
}

void StreamConnection::start_call() {
  handle_->call = std::make_shared<WorkerCall>(session_.take_job(), *this, loop_, context_.shared_from_this());
  try {
    handle_->call->start(context_.workers, context_.call_limiter.get());
  } catch (const std::exception&) {
    handle_->call.reset();
    close(CloseReason::out_of_resources, "no thread for the handler");
  }
}

void StreamConnection::on_mail() {
  if (phase_ == Phase::closed) return;
  loop_.guarded(*this, [this] {
    take_mail();
    if (!over()) settle();
  });
}

/// Does what the handles of the conversation have asked for, and sends what comes of it.
void StreamConnection::take_mail() {
  std::unique_lock<std::mutex> encoder;
  if (handle_->call) encoder = handle_->call->hold_encoder(unsent_.output());
  if (handle_->call && !encoder) return;  // the worker is amid an answer: on_answers() follows
  MailOutcome outcome = deliver(handle_->take_mail(), session_, unsent_.output(), calling());
  if (encoder) encoder.unlock();
  handle_->put_back(std::move(outcome.kept));
  if (outcome.pause) holds_ = *outcome.pause ? holds_ | kByHandler : holds_ & ~kByHandler;
  if (over()) return;
  deadlines_.moved(loop_.now());
  send_unsent();
}

void StreamConnection::on_answers() {
  if (phase_ == Phase::closed || !handle_->call) return;
  deadlines_.moved(loop_.now());
  loop_.guarded(*this, [this] {
    handle_->call->take(unsent_.output());
    take_mail();
    if (!over()) settle();
  });
}

void StreamConnection::on_return(Job& job) {
  const std::shared_ptr<WorkerCall> done = std::exchange(handle_->call, nullptr);
  if (phase_ == Phase::closed) {
    release();
    return;
  }
  deadlines_.moved(loop_.now());
  loop_.guarded(*this, [this, &job, &done] {
    done->take(unsent_.output());
    session_.complete(job, unsent_.output());
    take_mail();
    if (!over()) settle();
  });
}

/// Counts what waits in memory, and reads no more while that is much and memory is short.
inline void StreamConnection::count_memory() {
  const std::size_t waits = unsent_.output().waiting() + input_.view().size();
  if (counted_ == waits - waits % MemoryBudget::kStep && counted_ < MemoryBudget::kHeavy) return;
  count_memory(waits - waits % MemoryBudget::kStep);
}

void StreamConnection::count_memory(std::size_t waits) {
  MemoryBudget& memory = context_.server.memory;
  if (waits != counted_) memory.add(static_cast<std::int64_t>(waits) - static_cast<std::int64_t>(counted_));
  counted_ = waits;
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
  if (session_.busy() && session_.job_ready()) start_call();
  if (peer_done_ || phase_ == Phase::ending) finish_input();
  if (over()) return;
  if (handle_) {
    handle_->report_unsent(unsent_.output().waiting());
    if (handle_->call) handle_->call->report_unsent(unsent_.output().waiting());
  }
  if (session_.ended() == CloseReason::none || calling() || !all_sent()) {
    update_interest();
    watch_time();
  } else if (peer_done_) {
    close(session_.ended(), session_.end_detail());
  } else {
    linger(session_.ended());
  }
}

/// Sees to an end of the peer's side, or of the connection's time, once all that has come is answered.
void StreamConnection::finish_input() {
  if (!can_answer() || session_.call_open() || holds_messages()) return;
  if (peer_done_) {
    session_.receive_end(input_.view(), unsent_.output());
    input_.release();
    if (!all_sent() && !send_unsent()) return;
    if (session_.busy() && session_.job_ready()) start_call();
  } else if (phase_ == Phase::ending && all_sent()) {
    linger(reason_);
  }
}

/// EPOLLIN is taken back only when an event comes that cannot be used: most pauses are over before that.
void StreamConnection::update_interest() {
  std::uint32_t wanted = interest_ & kReadable;
  if (can_read()) wanted |= kReadable;
  if (!all_sent()) wanted |= EPOLLOUT;
  set_interest(wanted);
}

/// False if the peer is slower than it may be: with a message that has begun and is read, or with answers that wait.
bool StreamConnection::keeps_pace() {
  const TimePoint now = loop_.now();
  const bool receives = !input_.empty() && can_read();
  const char* slow = nullptr;
  if (!paces_->received.keeps(receives, received_bytes_, now)) slow = "limits.least_received";
  if (!paces_->sent.keeps(!all_sent(), unsent_.sent_bytes(), now)) slow = "limits.least_sent";
  if (slow != nullptr) {
    close(CloseReason::too_slow, slow);
    return false;
  }
  deadlines_.also_at(std::min(paces_->received.next_look(), paces_->sent.next_look()));
  return true;
}

/// Tells the deadlines what is waited for, and the loop when to look at them if that is sooner than it knows.
void StreamConnection::watch_time() {
  if (paces_ && !keeps_pace()) return;
  const TimePoint now = loop_.now();
  deadlines_.part_held(!input_.empty(), session_.messages(), now);
  deadlines_.reading(can_read(), now);
  deadlines_.answers_wait(!all_sent(), false, now);
  if (handle_) deadlines_.call_open(session_.oldest_call(), calling() || session_.untimed(), now);
  if (const TimePoint look = deadlines_.next_look(); look != TimePoint::max()) loop_.set_deadline(*this, look);
}

/// Closing a socket with unread bytes makes the kernel reset the connection, and the peer may lose answers that it has
/// not read yet. So: no more from us, then read until the peer has closed too, for a while.
void StreamConnection::linger(CloseReason reason) {
  input_.release();
  phase_ = Phase::lingering;
  reason_ = reason;
  stream_->end_sending();
  loop_.set_deadline(*this, loop_.now() + kLinger);
  linger_on();
}

/// Sends the rest of the stream's own end, and reads off what comes without looking at it.
void StreamConnection::linger_on() {
  const std::span<char> room = loop_.read_buffer();
  const ssize_t count = ::recv(stream_->socket(), room.data(), room.size(), 0);
  const bool over = count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
  if (over || !stream_->flush()) {
    close(reason_, end_detail());
  } else {
    set_interest(EPOLLIN | (stream_->holds_unsent() ? EPOLLOUT : 0U));
  }
}

void StreamConnection::close(CloseReason reason, const std::string& detail) {
  if (phase_ == Phase::closed) return;
  run_guarded([&] { context_.closed(reason, *this, detail, loop_.now() - opened_, traffic()); },
              [](const char* /*why*/) {});  // no memory for a line in the log; closing must not fail for that
  loop_.unwatch(*this);                     // closing does not do it while a forked child has the socket too
  const bool call_cut = session_.ended() == CloseReason::none && session_.call_open();
  const bool cut = calling() || call_cut || !all_sent();
  phase_ = Phase::closed;
  reason_ = reason;
  stream_->close(cut);  // by a reset: an end of stream could pass for the end of what was to come
  stream_.reset();
  loop_.cancel_deadline(*this);
  input_.release();
  unsent_.release();
  count_memory(0);
  if (calling()) {
    handle_->call->cancel();  // on_return() releases this connection
  } else {
    release();
  }
}

/// No call is under way any more: the handler hears of the end.
void StreamConnection::release() {
  session_.closed(reason_, session_.end_detail());
  if (handle_) handle_->end();
  loop_.release(*this);
}

}  // namespace netkit
