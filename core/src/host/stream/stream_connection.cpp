#include "host/stream/stream_connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <system_error>
#include <utility>

#include "base/run_guarded.h"
#include "host/loop/scratch_guard.h"
#include "host/stream/plain_stream.h"
#include "host/stream/tls_stream.h"

namespace netkit {
namespace {

constexpr std::size_t kLeastRead = std::size_t{16} << 10;  // room for a read behind a part of a message
constexpr std::chrono::seconds kLinger{2};
constexpr std::size_t kHeavy = std::size_t{16} << 10;  // bytes moved by one event
constexpr std::uint32_t kReadable = EPOLLIN | EPOLLRDHUP;

std::unique_ptr<Stream> make_stream(const ListenerContext& context, UniqueFd socket) {
  if (context.tls) return std::make_unique<TlsStream>(std::move(socket), context.tls->make_engine());
  return std::make_unique<PlainStream>(std::move(socket));
}

}  // namespace

void StreamConnection::open(EventLoop& loop, AcceptedSocket arrival) {
  auto owned = std::make_unique<StreamConnection>(loop, std::move(arrival));
  StreamConnection& connection = *owned;
  loop.adopt(std::move(owned));
  loop.guarded(connection, [&connection] { connection.begin(); });
}

void StreamConnection::begin() {
  interest_ = kReadable;
  set_heavy(true);  // until it has shown otherwise
  if (!loop_.watch(stream_->socket(), *this, interest_)) {
    close(CloseReason::out_of_resources, std::generic_category().message(errno));
    return;
  }
  settle();
}

StreamConnection::StreamConnection(EventLoop& loop, AcceptedSocket arrival)
    : loop_(loop),
      permit_(std::move(arrival.permit)),
      context_(arrival.context),
      stream_(make_stream(context_, std::move(arrival.socket))),
      address_(arrival.address),
      session_(context_.protocol, *this),
      opened_(loop.now()),
      deadlines_(context_.timeouts, opened_),
      rates_(RateLimiter::make(permit_, address_)) {
  context_.opened(*this);
}

void StreamConnection::on_events(std::uint32_t events) {
  const std::uint64_t before = moved_bytes();
  serve(events);
  set_heavy(!at_rest() || moved_bytes() - before >= kHeavy);
}

void StreamConnection::serve(std::uint32_t events) {
  if (!stream_) return;
  // What comes before both sides have agreed on how to talk is no activity: nobody may take for ever over it.
  if (stream_->established()) deadlines_.moved(loop_.now());
  if (lingering_) {
    linger_on();  // a reset is an end too now
    return;
  }
  if ((events & EPOLLERR) != 0) {
    close(CloseReason::peer_reset);
    return;
  }
  if ((events & EPOLLOUT) != 0) {
    deadlines_.answers_wait(true, true, loop_.now());
    if (!went_well(unsent_.send(*stream_))) return;
    if (holds_messages()) answer_kept();
    if (!stream_) return;
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
  settle();
}

void StreamConnection::on_deadline() {
  if (!stream_) return;
  if (lingering_) {
    close(lingering_for_, end_detail());
    return;
  }
  using Over = Deadlines::Over;
  const auto [over, reason] = deadlines_.look(loop_.now());
  if (over == Over::nothing) {
    watch_time();
  } else if (over == Over::pause) {
    deadlines_.resume(loop_.now());
    paused_ = false;
    settle();
  } else if (over == Over::drain) {
    close(ending_for_);
  } else if (reason == CloseReason::lifetime) {
    end_soon(reason);
  } else {
    close(reason, stream_->established() ? "" : "in the TLS handshake");
  }
}

/// Takes no new work but what had arrived; what runs may finish in its time.
void StreamConnection::end_soon(CloseReason reason) {
  if (stream_ && !lingering_ && can_read()) read();
  if (!stream_ || lingering_) return;
  ending_for_ = reason;
  deadlines_.ending(loop_.now());
  if (paused_) {
    input_.release();  // what the rates have no room for has not begun
    paused_ = false;
  }
  settle();
}

void StreamConnection::read() {
  if (rates_ && !heed(rates_->may_read(loop_.now()))) return;
  const bool small = input_.size() <= EventLoop::kReadBuffer / 2;
  const ssize_t count = small ? read_shared() : read_large();
  if (count > 0) {
    deadlines_.heard();
  } else if (count == 0) {
    peer_done_ = true;
  } else if (count < 0 && errno != EAGAIN && errno != EINTR) {
    receive_failed();
  }
}

/// Of a failure of the stream's own the peer is told why: what it sent meanwhile must not drown that.
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
  while (stream_ && !lingering_ && stream_->holds_received() && can_read()) read();
}

/// Reads into the loop's buffer, behind the part of a message that is kept; keeps what is left over again.
ssize_t StreamConnection::read_shared() {
  const std::size_t held = input_.size();
  const std::span<char> room = loop_.read_buffer();
  const ssize_t count = receive(room.subspan(held, EventLoop::kReadBuffer / 2));
  if (count <= 0) return count;
  if (held > 0) std::memcpy(room.data(), input_.view().data(), held);
  input_.clear();
  const std::string_view bytes(room.data(), held + static_cast<std::size_t>(count));
  const std::size_t used = answer(bytes);
  if (!stream_) return count;
  if (used < bytes.size() && session_.ended() == CloseReason::none) {
    input_.append(bytes.substr(used));
  } else {
    input_.release();
  }
  return count;
}

/// As much as the byte rates have room for.
ssize_t StreamConnection::receive(std::span<char> into) {
  if (rates_) into = into.first(rates_->read_size(into.size(), loop_.now()));
  const ssize_t count = stream_->receive(into);
  if (count <= 0) return count;
  received_bytes_ += static_cast<std::size_t>(count);
  if (rates_) rates_->took_bytes(static_cast<std::size_t>(count), loop_.now());
  return count;
}

/// False if nothing is to be taken now, or the connection is gone.
bool StreamConnection::heed(RateLimiter::Verdict verdict) {
  if (verdict == RateLimiter::Verdict::close) close(CloseReason::rate_limit, Admission::kRatesReached);
  if (verdict == RateLimiter::Verdict::pause) {
    paused_ = true;
    deadlines_.heard();  // it is not silence that nothing has been taken
    deadlines_.pause(rates_->ready(loop_.now()));
  }
  return verdict == RateLimiter::Verdict::go;
}

/// Reads behind a large part of a message, where it is kept. Memory follows what has come, never what was announced: at
/// most as much again as there is already.
ssize_t StreamConnection::read_large() {
  const std::size_t held = input_.size();
  const std::size_t missing = session_.wanted() > held ? session_.wanted() - held : 0;
  const std::span<char> space = input_.grow(std::clamp(missing, kLeastRead, std::max(kLeastRead, held)));
  const ssize_t count = receive(space);
  input_.truncate(held + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  if (count > 0) answer_kept();
  return count;
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
  if (session_.busy() && !call_) start_call();
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

/// Answers what is kept in input_, as far as that goes now.
void StreamConnection::answer_kept() {
  if (can_answer() && !input_.empty()) input_.consume(answer(input_.view()));
  if (input_.empty() || session_.ended() != CloseReason::none) input_.release();
}

/// False if the connection is gone.
bool StreamConnection::went_well(const SendQueue::Result& sent) {
  if (sent.ok()) return true;
  close(sent.failed, sent.detail);
  return false;
}

void StreamConnection::start_call() {
  call_ = std::make_shared<WorkerCall>(session_.take_job(), *this, loop_, context_.shared_from_this());
  try {
    call_->start(context_.workers, context_.call_limiter.get());
    deadlines_.call_began(loop_.now());
  } catch (const std::exception&) {
    call_.reset();
    close(CloseReason::out_of_resources, "no thread for the handler");
  }
}

void StreamConnection::on_answers(Output& answers) {
  if (!stream_) return;
  deadlines_.moved(loop_.now());
  loop_.guarded(*this, [this, &answers] {
    unsent_.output().append(answers);
    if (went_well(unsent_.send(*stream_))) settle();
  });
}

void StreamConnection::on_return(Job& job) {
  const std::shared_ptr<WorkerCall> done = std::move(call_);
  call_.reset();
  if (!stream_) {
    loop_.release(*this);
    return;
  }
  deadlines_.call_ended();
  deadlines_.moved(loop_.now());
  loop_.guarded(*this, [this, &job] {
    session_.complete(job, unsent_.output());
    if (went_well(unsent_.send(*stream_))) settle();
  });
}

/// After anything has moved: finds out what comes next.
void StreamConnection::settle() {
  if (stream_ && holds_messages()) answer_kept();
  read_held();
  if (!stream_ || lingering_) return;
  if (call_) call_->report_unsent(unsent_.output().waiting());
  if (can_answer() && !holds_messages()) {
    if (peer_done_) {
      session_.receive_end(input_.view());
    } else if (ending_for_ != CloseReason::none && all_sent()) {
      linger(ending_for_);
      return;
    }
  }
  if (session_.ended() != CloseReason::none && !session_.busy() && all_sent()) {
    if (peer_done_) {
      close(session_.ended(), session_.end_detail());
    } else {
      linger(session_.ended());
    }
  } else {
    update_interest();
    watch_time();
  }
}

/// EPOLLIN is taken back only when an event comes that cannot be used: most pauses are over before that.
void StreamConnection::update_interest() {
  std::uint32_t wanted = interest_ & kReadable;
  if (can_read()) wanted |= kReadable;
  if (!all_sent()) wanted |= EPOLLOUT;
  set_interest(wanted);
}

/// Tells the deadlines what is waited for, and the loop when to look at them if that is sooner than it knows.
void StreamConnection::watch_time() {
  const TimePoint now = loop_.now();
  deadlines_.part_held(!input_.empty(), session_.messages(), now);
  deadlines_.reading(can_read(), now);
  deadlines_.answers_wait(!all_sent(), false, now);
  if (const TimePoint look = deadlines_.next_look(); look != TimePoint::max()) loop_.set_deadline(*this, look);
}

/// Closing a socket with unread bytes makes the kernel reset the connection, and the peer may lose answers that it has
/// not read yet. So: no more from us, then read until the peer has closed too, for a while.
void StreamConnection::linger(CloseReason reason) {
  input_.release();
  lingering_ = true;
  lingering_for_ = reason;
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
    close(lingering_for_, end_detail());
  } else {
    set_interest(EPOLLIN | (stream_->holds_unsent() ? EPOLLOUT : 0U));
  }
}

void StreamConnection::close(CloseReason reason, const std::string& detail) {
  if (!stream_) return;
  run_guarded([&] { context_.closed(reason, *this, detail, loop_.now() - opened_, traffic()); },
              [](const char* /*why*/) {});  // no memory for a line in the log; closing must not fail for that
  loop_.unwatch(*this);                     // closing does not do it while a forked child has the socket too
  const bool cut = call_ || !all_sent();
  stream_->close(cut);  // by a reset: an end of stream could pass for the end of what was to come
  stream_.reset();
  loop_.cancel_deadline(*this);
  input_.release();
  unsent_.release();
  if (call_) {
    call_->cancel();  // on_return() releases this connection
  } else {
    loop_.release(*this);
  }
}

}  // namespace netkit
