#include "host/upstream/upstream_connection.h"

#include <sys/socket.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/run_guarded.h"

namespace netkit {
namespace {

constexpr std::chrono::seconds kLinger{2};
constexpr std::size_t kHeavy = std::size_t{16} << 10;         // bytes sent by one event
constexpr std::size_t kMostReplies = std::size_t{256} << 10;  // to control messages that the other end does not take
constexpr int kDatagramsAtOnce = 64;
constexpr std::uint32_t kReadable = EPOLLIN | EPOLLRDHUP;

std::string errno_text() { return std::generic_category().message(errno); }

bool may_try_again() { return errno == EAGAIN || errno == EINTR; }

bool is_datagram(const UpstreamPlan& plan) {
  return plan.settings && plan.settings->transport == TargetSettings::Transport::udp;
}

}  // namespace

void UpstreamConnection::open(UpstreamPlan plan, std::shared_ptr<UpstreamHandle> handle) {
  EventLoop& loop = plan.owner->event_loop();
  if (!plan.owner->add_part(handle)) {
    handle->shut();
    return;
  }
  auto owned = std::make_unique<UpstreamConnection>(std::move(plan), std::move(handle));
  UpstreamConnection& connection = *owned;
  loop.adopt(std::move(owned));
  loop.guarded(connection, [&connection] { connection.begin(); });
}

UpstreamConnection::UpstreamConnection(UpstreamPlan plan, std::shared_ptr<UpstreamHandle> handle)
    : loop_(plan.owner->event_loop()),
      plan_(std::move(plan)),
      handle_(std::move(handle)),
      datagrams_(is_datagram(plan_)),
      in_background_(plan_.owner->in_background()),
      output_(datagrams_) {
  handle_->attach(*this);
}

UpstreamConnection::~UpstreamConnection() {
  handle_->detach();
  handle_->shut();
  if (plan_.owner) plan_.owner->remove_part(*handle_);
}

void UpstreamConnection::begin() {
  set_heavy(true);
  run_guarded(
      [this] {
        codec_ = plan_.framing.make();
        if (!codec_.decoder || !codec_.encoder) throw std::logic_error("its framing made nothing");
      },
      [this](const char* what) { close("handler-failed", what); });
  if (phase_ == Phase::resolving) resolve();
}

void UpstreamConnection::on_events(std::uint32_t events) {
  const std::uint64_t before = output_.sent();
  serve(events);
  set_heavy(phase_ == Phase::handshake || !input_.empty() || output_.sent() - before >= kHeavy);
}

void UpstreamConnection::serve(std::uint32_t events) {
  switch (phase_) {
    case Phase::resolving:
    case Phase::closed:
      return;
    case Phase::connecting:
      return finish_dialling();
    case Phase::lingering:
      return linger_on();
    case Phase::handshake:
    case Phase::open:
      break;
  }
  if ((events & EPOLLERR) != 0) {
    return close("peer-reset", std::generic_category().message(stream_->error()));
  }
  if ((events & EPOLLOUT) != 0) send();
  if ((events & (kReadable | EPOLLHUP)) != 0 && !over()) serve_readable(events);
  if (!over()) settle();
}

void UpstreamConnection::serve_readable(std::uint32_t events) {
  if (closing_) {
    discard();
  } else if (can_read()) {
    datagrams_ ? read_datagrams() : read();
  } else if ((events & EPOLLHUP) == 0) {
    // Reading has paused since the interest was set: only now is it worth a system call to say so.
    set_interest(interest_ & ~kReadable);
  } else if (peer_done_) {
    close(all_sent() ? "peer-closed" : "peer-reset");
  } else {
    loop_.unwatch(*this);  // epoll would tell of it without end; what has come is read when there is room for it
    watched_ = false;
  }
}

void UpstreamConnection::on_deadline() {
  switch (phase_) {
    case Phase::resolving:
      return close("connect-timeout", "no address in time");
    case Phase::connecting:
      attempt_timed_out_ = true;
      return dial();
    case Phase::handshake:
      return close("connect-timeout", "in the TLS handshake");
    case Phase::lingering:
      return close(reason_);
    case Phase::open:
      break;
    case Phase::closed:
      return;
  }
  if (!closing_) return;
  if (output_.sent() == sent_before_) return close("write-stall");
  sent_before_ = output_.sent();
  loop_.set_deadline(*this, loop_.now() + kStallOfClose);
}

bool UpstreamConnection::can_read() const {
  if (phase_ == Phase::handshake) return true;
  return accepts() && !asked_owner_ && !holds_messages() && output_.replies() < kMostReplies;
}

void UpstreamConnection::read() {
  const auto receive = [this](std::span<char> into) {
    const ssize_t count = stream_->receive(into);
    if (phase_ == Phase::handshake && stream_->established()) established();
    return count;
  };
  const ssize_t count = input_.read(
      loop_.read_buffer(), wanted_, receive, [this](std::string_view bytes) { return decode(bytes); },
      [this] { return phase_ == Phase::open && !closing_; });
  if (count == 0) {
    peer_done_ = untold_end_ = true;
    if (phase_ == Phase::handshake) close("tls-failed", "the other end has ended the connection in the TLS handshake");
  } else if (count < 0 && !may_try_again()) {
    receive_failed();
  }
}

void UpstreamConnection::receive_failed() {
  if (phase_ == Phase::closed) return;
  if (stream_->failure().empty()) return close("peer-reset", errno_text());
  close("tls-failed", stream_->failure());
}

/// Each datagram is decoded by itself, and what is left of it is malformed.
void UpstreamConnection::read_datagrams() {
  const std::span<char> room = loop_.read_buffer();
  for (int i = 0; i < kDatagramsAtOnce && can_read(); ++i) {
    if (!may_tell()) return;
    const ssize_t count = ::recv(stream_->socket(), room.data(), room.size(), 0);
    if (count < 0) {
      if (!may_try_again()) close("peer-reset", errno_text());
      return;
    }
    const std::string_view bytes(room.data(), static_cast<std::size_t>(count));
    const bool whole = decode(bytes) == bytes.size();
    needs_more_ = false;
    // A pause amid a datagram of several messages comes too late for the rest of it, as it does for the next datagram.
    if (!whole && phase_ == Phase::open && accepts()) close("malformed", "a datagram is not whole messages");
  }
}

/// Nobody wants what comes; but for it the other end might not get as far as reading.
void UpstreamConnection::discard() {
  const std::span<char> room = loop_.read_buffer();
  const ssize_t count = ::recv(stream_->socket(), room.data(), room.size(), 0);
  if (count > 0 || (count < 0 && may_try_again())) return;
  if (count < 0) return close("peer-reset", errno_text());
  if (datagrams_) return;
  peer_done_ = true;
  set_interest(interest_ & ~kReadable);
}

/// Tells the messages at the front of `bytes`, as far as that goes now. Returns the number of bytes used.
std::size_t UpstreamConnection::decode(std::string_view bytes) {
  needs_more_ = false;
  wanted_ = 0;
  if (!may_tell()) return 0;
  std::size_t used = 0;
  run_guarded(
      [&] {
        bool first = true;
        while (accepts() && (used < bytes.size() || (first && datagrams_)) && take_one(bytes, used)) first = false;
      },
      [this](const char* what) { close("handler-failed", what); });
  return used;
}

/// False if nothing more is to be decoded now.
bool UpstreamConnection::take_one(std::string_view bytes, std::size_t& used) {
  const std::string_view rest = bytes.substr(used);
  const Decoded decoded = codec_.decoder->decode(rest);
  if (decoded.status == Decoded::Status::malformed) {
    close("malformed", std::string(decoded.reason));
    return false;
  }
  if (decoded.status == Decoded::Status::need_more) {
    wanted_ = decoded.size;
    needs_more_ = true;
    return false;
  }
  if (!size_fits(decoded, rest.size())) return false;
  used += decoded.size;
  if (decoded.last) peer_done_ = last_ = ends_all_ = untold_end_ = true;
  if (decoded.status == Decoded::Status::control) {
    output_.add_reply(decoded.reply);
  } else {
    plan_.handler->on_message(upstream(), decoded.message);
  }
  return used < bytes.size();
}

/// A decoder that takes nothing would be asked for ever. An empty datagram is a message of no bytes.
bool UpstreamConnection::size_fits(const Decoded& decoded, std::size_t there) {
  if (decoded.size <= there && (decoded.size > 0 || there == 0)) return true;
  close("handler-failed",
        "the decoder of its framing took " + std::to_string(decoded.size) + " bytes of " + std::to_string(there));
  return false;
}

/// False if the handler is not to be called now. on_connect() comes before anything else.
bool UpstreamConnection::may_tell() {
  if (!plan_.owner || phase_ != Phase::open) return false;
  if (plan_.owner->calling()) {
    if (asked_owner_) return false;
    asked_owner_ = plan_.owner->run([handle = handle_] {
      if (UpstreamConnection* const connection = handle->connection()) connection->on_owner_free();
    });
    return false;
  }
  if (std::exchange(untold_connect_, false)) {
    call_handler([this] { plan_.handler->on_connect(upstream()); });
  }
  return phase_ == Phase::open;
}

void UpstreamConnection::on_owner_free() {
  asked_owner_ = false;
  loop_.guarded(*this, [this] {
    if (phase_ == Phase::closed) {
      tell_close();
    } else if (phase_ == Phase::open) {
      settle();
    }
  });
}

/// An exception of the handler ends the connection.
template <class Call>
void UpstreamConnection::call_handler(Call call) {
  run_guarded(call, [this](const char* what) { close("handler-failed", what); });
}

bool UpstreamConnection::has_news() const {
  if (phase_ != Phase::open || !plan_.owner) return false;
  if (untold_connect_) return true;
  return !closing_ &&
         ((holds_messages() && accepts()) || (untold_end_ && !handle_->paused()) || handle_->has_room_news());
}

void UpstreamConnection::tell_news() {
  if (!has_news() || !may_tell()) return;
  if (holds_messages() && accepts()) input_.use_kept([this](std::string_view bytes) { return decode(bytes); });
  if (input_.empty()) input_.release();
  if (phase_ == Phase::open && untold_end_ && !closing_ && !handle_->paused()) tell_end();
  if (phase_ == Phase::open && ends_all_ && !untold_end_ && !std::exchange(closing_, true)) reason_ = "peer-closed";
  if (phase_ == Phase::open && !closing_ && handle_->take_room_news()) {
    call_handler([this] { plan_.handler->on_writable(upstream()); });
  }
}

/// The other end has ended its direction: what it left behind is the last message, or cut. A handler that pauses at the
/// last message hears of the end later.
void UpstreamConnection::tell_end() {
  call_handler([this] {
    if (!std::exchange(last_, true)) decode_end();
    input_.release();
    if (phase_ != Phase::open || handle_->paused()) return;
    untold_end_ = false;
    plan_.handler->on_end(upstream());
  });
}

void UpstreamConnection::decode_end() {
  const Decoded decoded = codec_.decoder->end(input_.view());
  if (decoded.status == Decoded::Status::malformed) {
    close("malformed", std::string(decoded.reason));
  } else if (decoded.status == Decoded::Status::message) {
    plan_.handler->on_message(upstream(), decoded.message);
  } else if (!input_.empty()) {
    close("peer-cut", std::to_string(input_.view().size()) + " bytes are not a whole message");
  }
}

void UpstreamConnection::on_mail() {
  if (phase_ == Phase::closed) return;
  loop_.guarded(*this, [this] {
    take_mail();
    if (phase_ == Phase::open) settle();
  });
}

/// Frames what the handles have sent.
void UpstreamConnection::take_mail() {
  UpstreamMail mail = handle_->take_mail();
  if (over() || !codec_.encoder) return;
  run_guarded(
      [&] {
        for (const UpstreamMail::Message& message : mail.messages) {
          output_.add(*codec_.encoder, *message.body, message.attributes);
        }
      },
      [this](const char* what) { close("handler-failed", what); });
  if (over()) return;
  handle_->report_unsent(output_.waiting());
  end_asked_ = mail.end;
  if (!mail.close || closing_) return;
  closing_ = true;
  reason_ = "closed";
  if (phase_ < Phase::open && output_.empty()) return close(reason_);
  if (phase_ == Phase::open) loop_.set_deadline(*this, loop_.now() + kStallOfClose);
}

void UpstreamConnection::send() {
  if (phase_ == Phase::handshake) {
    if (!stream_->flush()) close("peer-reset", errno_text());
    return;
  }
  if (phase_ != Phase::open || all_sent()) return;
  const SendQueue::Result sent = output_.send(*stream_);
  if (!sent.ok()) close(to_string(sent.failed), stream_->failure().empty() ? sent.detail : stream_->failure());
}

/// After anything has moved: finds out what comes next.
void UpstreamConnection::settle() {
  send();
  if (phase_ == Phase::handshake) return update_interest();
  if (over()) return;
  handle_->report_unsent(output_.waiting());
  tell_news();
  while (phase_ == Phase::open && stream_->holds_received() && can_read()) {
    read();
    tell_news();
  }
  send();  // replies to control messages
  if (over()) return;
  handle_->report_unsent(output_.waiting());
  if (all_sent()) settle_sent();
  if (!over()) update_interest();
}

/// Nothing waits for the other end: sees to the ends of both sides.
void UpstreamConnection::settle_sent() {
  if (closing_) {
    if (!untold_connect_ || !plan_.owner) linger();
    return;
  }
  if (end_asked_ && !std::exchange(end_sent_, true) && !datagrams_) stream_->end_sending();
  if (end_sent_ && peer_done_ && !untold_end_ && all_sent()) close("peer-closed");
}

void UpstreamConnection::update_interest() {
  std::uint32_t wanted = interest_ & kReadable;
  if (can_read() || (closing_ && !peer_done_)) wanted |= kReadable;
  if (peer_done_) wanted &= ~kReadable;
  if (!all_sent()) wanted |= EPOLLOUT;
  if (!watched_ && wanted != 0) {
    watched_ = loop_.watch(stream_->socket(), *this, wanted);
    interest_ = wanted;
    if (!watched_) close("out-of-resources", errno_text());
  } else {
    set_interest(wanted);
  }
}

void UpstreamConnection::set_interest(std::uint32_t wanted) {
  if (wanted == interest_ || !watched_) return;
  interest_ = wanted;
  loop_.change(*this, interest_);
}

/// Closing a socket with unread bytes makes the kernel reset the connection, and the other end may lose what it has not
/// read yet. So: no more from this side, then read until the other end has closed too, for a while.
void UpstreamConnection::linger() {
  if (datagrams_) return close(reason_);
  if (!std::exchange(end_sent_, true)) stream_->end_sending();
  if (peer_done_ && !stream_->holds_unsent()) return close(reason_);
  phase_ = Phase::lingering;
  input_.release();
  loop_.set_deadline(*this, loop_.now() + kLinger);
  linger_on();
}

void UpstreamConnection::linger_on() {
  const std::span<char> room = loop_.read_buffer();
  const ssize_t count = ::recv(stream_->socket(), room.data(), room.size(), 0);
  const bool done = count == 0 || (count < 0 && !may_try_again());
  if (done || !stream_->flush()) return close(reason_);
  const std::uint32_t wanted = EPOLLIN | (stream_->holds_unsent() ? EPOLLOUT : 0U);
  if (!watched_) watched_ = loop_.watch(stream_->socket(), *this, wanted);
  set_interest(wanted);
}

void UpstreamConnection::close(std::string_view reason, std::string detail) {
  if (phase_ == Phase::closed) return;
  const bool orderly = reason == "closed" || reason == "peer-closed";
  reason_ = std::string(reason);
  detail_ = std::move(detail);
  drop_socket(!orderly);
  tell_close();
}

/// `reset`: the other end must not take it for the end of what was to come.
void UpstreamConnection::drop_socket(bool reset) {
  if (watched_) loop_.unwatch(*this);
  watched_ = false;
  phase_ = Phase::closed;
  if (stream_) stream_->close(reset);
  stream_.reset();
  socket_.reset();
  loop_.cancel_deadline(*this);
  input_.release();
  output_.release();
}

/// The last call, once no other is under way.
void UpstreamConnection::tell_close() {
  if (plan_.owner && plan_.owner->calling()) {
    if (asked_owner_) return;
    asked_owner_ = plan_.owner->run([handle = handle_] {
      if (UpstreamConnection* const connection = handle->connection()) connection->on_owner_free();
    });
    return;
  }
  handle_->shut();
  if (plan_.owner) {
    run_guarded([this] { plan_.handler->on_close(upstream(), reason_, detail_); },
                [](const char* /*what*/) {});  // it is over already
    plan_.owner->remove_part(*handle_);
  }
  forget();
}

void UpstreamConnection::owner_ended() {
  plan_.owner.reset();  // nothing is told from now on
  if (phase_ == Phase::closed) return forget();
  take_mail();
  if (phase_ == Phase::closed) return;
  handle_->shut();
  drop_plugin();
  if (!closing_ && !end_asked_) return close("owner-ended");
  if (!std::exchange(closing_, true)) reason_ = "closed";
  if (phase_ != Phase::open) return;
  loop_.set_deadline(*this, loop_.now() + kStallOfClose);
  settle();
}

/// Nobody is to be told anything any more.
void UpstreamConnection::forget() {
  handle_->detach();
  drop_plugin();
  plan_.owner.reset();
  loop_.release(*this);
}

/// Lets go of all that may be of a plugin, and then of the plugin.
void UpstreamConnection::drop_plugin() {
  codec_ = {};
  plan_.framing = {};
  plan_.handler.reset();
  plan_.keeps.reset();
}

}  // namespace netkit
