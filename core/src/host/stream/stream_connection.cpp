#include "host/stream/stream_connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "base/nearest.h"
#include "base/run_guarded.h"
#include "host/loop/scratch_guard.h"
#include "host/stream/first_bytes.h"
#include "host/transport/plain_stream.h"
#include "host/transport/tls_stream.h"
#include "host/worker/worker_call.h"

namespace netkit {
namespace {

constexpr std::chrono::seconds kLinger{2};
constexpr std::size_t kHeavy = std::size_t{16} << 10;  // bytes moved by one event
constexpr std::uint32_t kReadable = EPOLLIN | EPOLLRDHUP;

std::unique_ptr<Stream> make_stream(const ListenerContext& context, UniqueFd socket) {
  if (context.tls && !context.protocol.can_start_tls)
    return std::make_unique<TlsStream>(std::move(socket), context.tls->make_engine());
  return std::make_unique<PlainStream>(std::move(socket));
}

}  // namespace

/// Counts the bytes that pass while it lives: one for each way into the connection.
class StreamConnection::MovedBytes {
 public:
  explicit MovedBytes(StreamConnection& connection)
      : connection_(connection), received_(connection.received_bytes_), sent_(connection.unsent_.sent_bytes()) {}
  ~MovedBytes() {
    TrafficCounters::Shard& counters = connection_.counters();
    TrafficCounters::Shard::add(counters.received_bytes, received());
    TrafficCounters::Shard::add(counters.sent_bytes, sent());
  }
  MovedBytes(const MovedBytes&) = delete;
  MovedBytes& operator=(const MovedBytes&) = delete;

  std::uint64_t sum() const { return received() + sent(); }

 private:
  std::uint64_t received() const { return connection_.received_bytes_ - received_; }
  std::uint64_t sent() const { return connection_.unsent_.sent_bytes() - sent_; }

  StreamConnection& connection_;
  const std::uint64_t received_;
  const std::uint64_t sent_;
};

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
      deadlines_(context_.timeouts, loop.now()),
      speeds_(make_speeds(RateLimiter::make(permit_, address_), context_.limits)),
      phase_(stream_->established() ? Phase::serving : Phase::handshake),
      proxied_(accepted.proxied),
      at_first_bytes_(context_.refuse_http) {
  context_.opened(*this);
}

/// Null if neither is bounded.
std::unique_ptr<StreamConnection::Speeds> StreamConnection::make_speeds(std::unique_ptr<RateLimiter> most,
                                                                        const Limits& limits) {
  const bool has_least = limits.least_received.count > 0 || limits.least_sent.count > 0;
  if (!most && !has_least) return nullptr;
  auto speeds = std::make_unique<Speeds>();
  speeds->most = std::move(most);
  if (has_least) speeds->least.emplace(Paces{Pace(limits.least_received), Pace(limits.least_sent)});
  return speeds;
}

StreamConnection::~StreamConnection() {
  if (counted_ > 0) count_memory(0);
  if (handle_) handle_->end();
}

void StreamConnection::begin() {
  const MovedBytes moved(*this);
  interest_ = kReadable;
  set_heavy(true);  // until it has shown otherwise
  set_slow(phase_ == Phase::handshake);
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
  if (!stream_) return peer;
  stream_->describe(peer);
  // The kernel keeps the proxy's address, so that no connection need.
  const auto proxy = proxied_ ? PeerAddress::of_tcp(stream_->socket()) : std::nullopt;
  if (proxy) peer.proxy = proxy->peer().host;
  return peer;
}

LocalEnd StreamConnection::local_end() const {
  LocalEnd local{.transport = context_.transport};
  PeerAddress address;
  ::socklen_t size = PeerAddress::capacity();
  if (!stream_ || address_.is_unix() || ::getsockname(stream_->socket(), address.data(), &size) != 0) return local;
  Peer text = address.peer();
  local.host = std::move(text.host);
  local.port = text.port;
  return local;
}

CallSource StreamConnection::call_source() const { return address_.call_source(context_.limits.per_source.loopback); }

std::shared_ptr<HandleMaker> StreamConnection::handles() {
  if (!handle_) {
    handle_ = std::make_shared<ConversationHandle>(loop_, context_.workers, context_.shared_from_this(), peer(),
                                                   context_.protocol.output_limit, context_.handler_log, local_end(),
                                                   context_.call_times(loop_.index()));
    handle_->attach(*this);
  }
  return handle_;
}

/// The handler has asked for TLS, and what it has answered in clear has left.
void StreamConnection::begin_tls() {
  if (!session_.begin_tls(input_.view()) || phase_ != Phase::serving) return;
  auto stream = std::make_unique<TlsStream>(UniqueFd(), context_.tls->make_engine());
  stream->take_socket(*stream_);
  stream_ = std::move(stream);
  phase_ = Phase::handshake;
  set_slow(true);
  deadlines_.await_handshake(loop_.now());
}

void StreamConnection::handshake_done() {
  context_.counters.count_handshake(stream_->tls_version());
  set_slow(false);
  if (!session_.in_handshake()) return begin_conversation();
  phase_ = Phase::serving;
  session_.tls_established();
  deadlines_.heard();
  if (!handle_) return;
  handle_->set_peer(peer());
  take_mail();
}

std::optional<SessionReport> StreamConnection::report(std::string_view listener) {
  if (over() || (!listener.empty() && listener != context_.name)) return std::nullopt;
  handles();
  const Traffic moved = traffic();
  return SessionReport{.id = handle_->id(),
                       .listener = context_.name,
                       .transport = context_.transport,
                       .peer = peer(),
                       .age = loop_.now() - deadlines_.opened(),
                       .idle = loop_.now() - deadlines_.last_move(),
                       .received_bytes = moved.received_bytes,
                       .received_messages = moved.received_messages,
                       .sent_bytes = moved.sent_bytes,
                       .sent_messages = moved.sent_messages};
}

void StreamConnection::on_events(std::uint32_t events) {
  const MovedBytes moved(*this);
  serve(events);
  set_heavy(!at_rest() || moved.sum() >= kHeavy);  // always in a handshake
}

void StreamConnection::drain() {
  const MovedBytes moved(*this);
  end_soon(CloseReason::shutdown);
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
  const MovedBytes moved(*this);
  if (phase_ == Phase::closed) return;
  if (phase_ == Phase::lingering) {
    close(reason_, end_detail());
    return;
  }
  using Over = Deadlines::Over;
  const Deadlines::Look look = deadlines_.look(loop_.now());
  if (look.over == Over::nothing) {
    watch_time();
  } else if (look.over == Over::pause) {
    deadlines_.resume(loop_.now());
    holds_ &= ~kByRates;
    settle();
  } else if (look.over == Over::drain) {
    close(reason_);
  } else if (look.reason == CloseReason::lifetime) {
    end_soon(look.reason);
  } else {
    close(look.reason, phase_ == Phase::handshake ? "in the TLS handshake" : look.detail());
  }
}

void StreamConnection::readmit(const ListenerContext& now) {
  const MovedBytes moved(*this);
  if (phase_ == Phase::handshake) {
    close(CloseReason::no_longer_admitted, "in the TLS handshake");  // which follows the old settings
  } else if (phase_ == Phase::serving && !is_admitted_by(now)) {
    end_soon(CloseReason::no_longer_admitted);
  }
}

bool StreamConnection::is_admitted_by(const ListenerContext& now) const {
  if (context_.transport != "unix" && !now.access.admits(address_.ip())) return false;
  return !now.tls || stream_->is_admitted_by(*now.tls);
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
  if (rates() && !heed(rates()->may_read(loop_.now()))) return;
  const ssize_t count = input_.read(
      loop_.read_buffer(), session_.wanted(), [this](std::span<char> into) { return receive(into); },
      [this](std::string_view bytes) { return answer(bytes); },
      [this] { return !over() && session_.ended() == CloseReason::none; });
  if (count > 0) {
    deadlines_.heard();
  } else if (count == 0) {
    peer_done_ = true;
    end_first_bytes();
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
  if (rates()) into = into.first(rates()->read_size(into.size(), loop_.now()));
  const ssize_t count = stream_->receive(into);
  if (phase_ == Phase::handshake && stream_->established()) [[unlikely]] {
    const int error = errno;  // of receive(): what is sent now has its own
    handshake_done();
    errno = over() ? EAGAIN : error;
    if (over()) return -1;
  }
  if (count <= 0) return count;
  received_bytes_ += static_cast<std::size_t>(count);
  if (rates()) rates()->took_bytes(static_cast<std::size_t>(count), loop_.now());
  return count;
}

/// False if nothing is to be taken now, or the connection is gone.
bool StreamConnection::heed(RateLimiter::Verdict verdict) {
  if (verdict == RateLimiter::Verdict::close)
    close(CloseReason::rate_limit, std::string(Admission::kRatesReached.text));
  if (verdict == RateLimiter::Verdict::pause) {
    holds_ |= kByRates;
    deadlines_.heard();  // it is not silence that nothing has been taken
    deadlines_.pause(rates()->ready(loop_.now()));
  }
  return verdict == RateLimiter::Verdict::go;
}

/// Has the session answer `bytes` and sends what it answers. Returns the number of bytes used.
std::size_t StreamConnection::answer(std::string_view bytes) {
  if (rates()) session_.allow(rates()->allowance(loop_.now()));
  std::size_t used = 0;
  bool more = true;
  while (more) {
    // Straight from the loop's output to the socket, unless older answers still wait.
    const bool direct = unsent_.empty();
    Output& out = direct ? loop_.scratch_output() : unsent_.output();
    const ScratchGuard guard(loop_.scratch_output());
    used += decode(bytes.substr(used), out);
    if (handle_ && handle_->has_mail() && !calling())
      deliver_mail(out);  // what the calls have sent unasked leaves with their answers
    const bool was_full = session_.backed_up(out);
    if (!out.empty() && !went_well(direct ? unsent_.send(*stream_, out) : unsent_.send(*stream_))) return used;
    more = was_full && unsent_.empty() && used < bytes.size();
  }
  if (rates() && (holds_ & kByHandler) == 0 && session_.used_up() && used < bytes.size() && !heed(rates()->over()))
    return used;
  if (session_.busy() && session_.job_ready()) start_call();
  return used;
}

/// Has the session answer `bytes` into `out`, and counts the messages before their answers leave.
std::size_t StreamConnection::decode(std::string_view bytes, Output& out) {
  if (at_first_bytes_ && !admits_first_bytes(bytes)) [[unlikely]]
    return 0;
  TrafficTally tally(session_, counters());
  const std::uint64_t start = ticks();
  const std::size_t used = session_.receive(bytes, out);
  tally.time(start);
  if (session_.ended() == CloseReason::malformed) [[unlikely]]
    note_malformed(bytes.substr(used));
  if (rates()) rates()->took_messages(tally.received(), loop_.now());
  return used;
}

/// False if `bytes`, all that has come, are not to be decoded: they are refused, or wait for more.
[[gnu::cold, gnu::noinline]] bool StreamConnection::admits_first_bytes(std::string_view bytes) {
  const FirstBytes found = judge_first_bytes(bytes);
  if (found == FirstBytes::undecided) {
    session_.set_needs_more(true);
    return false;
  }
  at_first_bytes_ = false;
  if (found == FirstBytes::http_request) {
    session_.end(CloseReason::http_request, "it began with " + in_quotes(first_line_of(bytes)));
    return false;
  }
  const bool known = found != FirstBytes::unknown && !context_.tls;
  if (known) {
    const std::string text = std::string("begins with ") + to_string(found);
    context_.event_now_and_then(LogLevel::info, "foreign-protocol", to_string(peer()), text,
                                {"detail", to_string(found)});
  }
  return true;
}

/// What has come may be decoded now.
void StreamConnection::end_first_bytes() {
  if (!at_first_bytes_) return;
  at_first_bytes_ = false;
  session_.set_needs_more(false);
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
  const MovedBytes moved(*this);
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
  deliver_mail(unsent_.output());
  if (encoder) encoder.unlock();
  if (over()) return;
  if (phase_ != Phase::handshake) deadlines_.moved(loop_.now());
  send_unsent();
}

void StreamConnection::deliver_mail(Output& out) {
  const TrafficTally tally(session_, counters());
  handle_->put_back(deliver(handle_->take_mail(), session_, out, calling()));
  heed_pause();
}

void StreamConnection::on_pause() {
  holds_ |= kByHandler;
  session_.pause();
}

void StreamConnection::heed_pause() {
  if (handle_->paused()) return on_pause();
  if ((holds_ & kByHandler) == 0) return;
  holds_ &= ~kByHandler;
  session_.allow(UINT64_MAX);
}

void StreamConnection::on_answers() {
  const MovedBytes moved(*this);
  if (phase_ == Phase::closed || !handle_->call) return;
  deadlines_.moved(loop_.now());
  loop_.guarded(*this, [this] {
    handle_->call->take(unsent_.output());
    take_mail();
    if (!over()) settle();
  });
}

void StreamConnection::on_return(Job& job) {
  const MovedBytes moved(*this);
  const std::shared_ptr<WorkerCall> done = std::exchange(handle_->call, nullptr);
  if (phase_ == Phase::closed) {
    release(session_.end_detail());
    return;
  }
  deadlines_.moved(loop_.now());
  loop_.guarded(*this, [this, &job, &done] {
    done->take(unsent_.output());
    complete(job);
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

void StreamConnection::complete(Job& job) {
  const TrafficTally tally(session_, counters());
  session_.complete(job, unsent_.output());
}

/// After anything has moved: finds out what comes next.
void StreamConnection::settle() {
  count_memory();
  answer_kept();
  read_held();
  if (over()) return;
  if (session_.wants_tls() && session_.ended() == CloseReason::none && all_sent()) begin_tls();
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
  if (peer_done_ && phase_ == Phase::handshake) return session_.end(CloseReason::peer_closed);
  if (!can_answer() || session_.call_open() || holds_messages()) return;
  if (peer_done_) {
    receive_end();
    input_.release();
    if (!all_sent() && !send_unsent()) return;
    if (session_.busy() && session_.job_ready()) start_call();
  } else if (phase_ == Phase::ending && all_sent()) {
    linger(reason_);
  }
}

void StreamConnection::receive_end() {
  TrafficTally tally(session_, counters());
  const std::uint64_t start = ticks();
  session_.receive_end(input_.view(), unsent_.output());
  tally.time(start);
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
  if (!paces()->received.keeps(receives, received_bytes_, now)) slow = "limits.least_received";
  if (!paces()->sent.keeps(!all_sent(), unsent_.sent_bytes(), now)) slow = "limits.least_sent";
  if (slow != nullptr) {
    close(CloseReason::too_slow, slow);
    return false;
  }
  deadlines_.also_at(std::min(paces()->received.next_look(), paces()->sent.next_look()));
  return true;
}

/// Tells the deadlines what is waited for, and the loop when to look at them if that is sooner than it knows.
void StreamConnection::watch_time() {
  if (paces() && !keeps_pace()) return;
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
  if (!stream_->established()) context_.counters.count_failed_handshake();
  run_guarded([&] { context_.closed(reason, *this, detail, loop_.now() - deadlines_.opened(), traffic()); },
              [](const char* /*why*/) {});  // no memory for a line in the log; closing must not fail for that
  loop_.unwatch(*this);                     // closing does not do it while a forked child has the socket too
  const bool call_cut = session_.ended() == CloseReason::none && session_.call_open();
  const bool cut = calling() || call_cut || !all_sent();
  phase_ = Phase::closed;
  reason_ = reason;
  stream_->close(cut);  // by a reset: an end of stream could pass for the end of what was to come
  const std::unique_ptr<Stream> gone = std::move(stream_);  // the detail may be its own
  loop_.cancel_deadline(*this);
  input_.release();
  unsent_.release();
  count_memory(0);
  if (calling()) {
    run_guarded([&] { session_.keep_end_detail(detail); }, [](const char* /*why*/) {});
    handle_->call->cancel();  // on_return() releases this connection
  } else {
    release(detail);
  }
}

/// Keeps what did not fit the framing for an operator. `rest` goes to the end of what has been received.
void StreamConnection::note_malformed(std::string_view rest) {
  run_guarded([&] { context_.note_malformed(*this, session_.end_detail(), received_bytes_ - rest.size(), rest); },
              [](const char* /*why*/) {});  // no memory for it: it is counted and logged all the same
}

/// No call is under way any more: the handler hears of the end.
void StreamConnection::release(std::string_view detail) {
  session_.closed(reason_, detail);
  if (handle_) handle_->end();
  loop_.release(*this);
}

}  // namespace netkit
