#include "host/stream/stream_connection.h"

#include <sys/epoll.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "host/stream/connection_ends.h"
#include "host/stream/moved_bytes.h"
#include "host/stream/server_stream.h"
#include "host/transport/linger.h"

namespace netkit {

StreamConnection& StreamConnection::open(EventLoop& loop, AcceptedSocket&& accepted) {
  auto owned = std::make_unique<StreamConnection>(loop, std::move(accepted));
  StreamConnection& connection = *owned;
  loop.adopt(std::move(owned));
  loop.guarded(connection, [&connection] { connection.begin(); });
  return connection;
}

StreamConnection::StreamConnection(EventLoop& loop, AcceptedSocket&& accepted)
    : hosted_(loop, std::move(accepted.permit), accepted.context, *this),
      stream_(make_server_stream(hosted_.context, std::move(accepted.socket))),
      address_(accepted.address),
      phase_(stream_->established() ? Phase::serving : Phase::handshake),
      proxied_(accepted.proxied),
      speeds_(Speeds::make(RateLimiter::make(hosted_.permit, address_), hosted_.context.limits)) {
  hosted_.context.opened(*this);
}

StreamConnection::~StreamConnection() { memory_.count(hosted_.context.server.memory, 0); }

void StreamConnection::begin() {
  const MovedBytes moved(hosted_, received_bytes_, unsent_);
  interest_ = kReadable;
  set_heavy(true);  // until it has shown otherwise
  set_slow(!established());
  if (!hosted_.loop.watch(stream_->socket(), *this, interest_)) {
    close(CloseReason::out_of_resources, std::generic_category().message(errno));
    return;
  }
  if (phase_ == Phase::serving) begin_conversation();
  if (!over()) settle();
}

/// A greeting leaves before anything that the peer has sent is looked at.
void StreamConnection::begin_conversation() {
  phase_ = Phase::serving;
  hosted_.session.open();
  if (hosted_.handle) take_mail();
}

Peer StreamConnection::peer() const { return peer_of(address_, stream_.get(), proxied_); }

CallSource StreamConnection::call_source() const {
  return address_.call_source(hosted_.context.limits.per_source.loopback);
}

HandleMaker& StreamConnection::handles() {
  if (!hosted_.handle) {
    hosted_.make_handle(*this, peer(), local_end_of(address_, stream_.get(), hosted_.context.transport));
  }
  return *hosted_.handle;
}

std::optional<SessionReport> StreamConnection::report(const SessionQuery& query) {
  if (over() || !hosted_.meets(query)) return std::nullopt;
  Peer from = peer();
  if (!query.takes_peer(to_string(from))) return std::nullopt;
  handles();
  return hosted_.report(std::move(from), traffic());
}

/// The handler has asked for TLS, and what it has answered in clear has left.
void StreamConnection::begin_tls() {
  if (!hosted_.session.begin_tls(input_.view()) || phase_ != Phase::serving) return;
  stream_ = continue_by_tls(hosted_.context, *stream_);
  phase_ = Phase::starting_tls;
  set_slow(true);
  hosted_.deadlines.await_handshake(hosted_.loop.now());
}

void StreamConnection::handshake_done() {
  hosted_.context.counters.count_handshake(stream_->tls_version());
  set_slow(false);
  if (phase_ == Phase::handshake) return begin_conversation();
  phase_ = Phase::serving;
  hosted_.session.tls_established();
  hosted_.deadlines.heard();
  if (!hosted_.handle) return;
  hosted_.handle->set_peer(peer());
  take_mail();
}

void StreamConnection::on_deadline() {
  const MovedBytes moved(hosted_, received_bytes_, unsent_);
  if (phase_ == Phase::closed) return;
  if (phase_ == Phase::lingering) {
    close(reason_, end_detail());
    return;
  }
  using Over = Deadlines::Over;
  const Deadlines::Look look = hosted_.deadlines.look(hosted_.loop.now());
  if (look.over == Over::nothing) {
    watch_time(can_read(), all_sent());
  } else if (look.over == Over::pause) {
    hosted_.deadlines.resume(hosted_.loop.now());
    holds_ &= ~kByRates;
    settle();
  } else if (look.over == Over::drain) {
    if (phase_ >= Phase::ending) return close(reason_);
    last_chance_ = false;
    end_soon(CloseReason::shutdown);
  } else if (look.reason == CloseReason::lifetime) {
    end_soon(look.reason);
  } else {
    close(look.reason, !established() ? "in the TLS handshake" : look.detail());
  }
}

void StreamConnection::drain() {
  const MovedBytes moved(hosted_, received_bytes_, unsent_);
  if (!has_not_asked()) return end_soon(CloseReason::shutdown);
  last_chance_ = true;
  hosted_.deadlines.last_chance(hosted_.loop.now());
  settle();
}

void StreamConnection::readmit(const ListenerContext& now) {
  const MovedBytes moved(hosted_, received_bytes_, unsent_);
  if (!established()) {
    close(CloseReason::no_longer_admitted, "in the TLS handshake");  // which follows the old settings
  } else if (phase_ == Phase::serving && !is_admitted_by(now)) {
    end_soon(CloseReason::no_longer_admitted);
  }
}

/// True if the proxy that has told of the peer is still believed, or none has and none has to.
bool StreamConnection::is_proxied_as(const ListenerContext& now) const {
  if (!proxied_ && now.proxy.protocol != ProxyProtocol::required) return true;
  const std::optional<PeerAddress> end = proxied_ ? PeerAddress::of_tcp(stream_->socket()) : std::optional(address_);
  return end && now.admission.expects_proxy_header(*end);
}

bool StreamConnection::is_admitted_by(const ListenerContext& now) const {
  if (address_.is_unix()) return may_connect_still(address_, stream_->socket());
  if (!now.access.admits(address_.ip()) || !is_proxied_as(now)) return false;
  if (!now.tls) return true;
  const bool shows_nothing = now.transport == "tls" && stream_->tls_version().empty();
  return shows_nothing ? now.tls->client_rules().empty() : stream_->is_admitted_by(*now.tls);
}

/// Takes no new work but what had arrived; what runs may finish in its time.
void StreamConnection::end_soon(CloseReason reason) {
  if (!over() && can_read()) read();
  if (phase_ >= Phase::ending) return;
  phase_ = Phase::ending;
  reason_ = reason;
  hosted_.deadlines.ending(hosted_.loop.now());
  if ((holds_ & kByRates) != 0) {
    input_.release();  // what the rates have no room for has not begun
    holds_ &= ~kByRates;
  }
  settle();
}

void StreamConnection::on_mail() {
  const MovedBytes moved(hosted_, received_bytes_, unsent_);
  if (phase_ == Phase::closed) return;
  hosted_.loop.guarded(*this, [this] {
    take_mail();
    if (!over()) settle();
  });
}

/// Does what the handles of the conversation have asked for, and sends what comes of it.
void StreamConnection::take_mail() {
  if (!hosted_.take_mail(unsent_.output())) return;
  heed_pause();
  if (over()) return;
  if (established()) hosted_.deadlines.moved(hosted_.loop.now());
  send_unsent();
}

/// The same on the way of a message, whose answers leave with it.
void StreamConnection::deliver_mail(Output& out) {
  hosted_.deliver_mail(out);
  heed_pause();
}

void StreamConnection::on_pause() {
  holds_ |= kByHandler;
  hosted_.session.pause();
}

void StreamConnection::heed_pause() {
  if (hosted_.handle->paused()) return on_pause();
  if ((holds_ & kByHandler) == 0) return;
  holds_ &= ~kByHandler;
  hosted_.session.allow(UINT64_MAX);
}

void StreamConnection::start_call() {
  if (!hosted_.start_call()) close(CloseReason::out_of_resources, "no thread for the handler");
}

void StreamConnection::on_answers() {
  const MovedBytes moved(hosted_, received_bytes_, unsent_);
  if (phase_ == Phase::closed || !hosted_.handle->call) return;
  hosted_.deadlines.moved(hosted_.loop.now());
  hosted_.loop.guarded(*this, [this] {
    hosted_.handle->call->take(unsent_.output());
    take_mail();
    if (!over()) settle();
  });
}

void StreamConnection::on_return(Job& job) {
  const MovedBytes moved(hosted_, received_bytes_, unsent_);
  const std::shared_ptr<WorkerCall> done = std::exchange(hosted_.handle->call, nullptr);
  if (phase_ == Phase::closed) {
    release(hosted_.session.end_detail());
    return;
  }
  hosted_.deadlines.moved(hosted_.loop.now());
  hosted_.loop.guarded(*this, [this, &job, &done] {
    done->take(unsent_.output());
    hosted_.complete(job, unsent_.output());
    take_mail();
    if (!over()) settle();
  });
}

/// Tells the peer why the stream itself failed, before what the peer sent meanwhile can drown that.
void StreamConnection::receive_failed() {
  if (stream_->failure().empty()) {
    close(CloseReason::peer_reset, std::generic_category().message(errno));
  } else if (hosted_.session.busy()) {
    close(CloseReason::tls_failed, stream_->failure());
  } else {
    linger(CloseReason::tls_failed);
  }
}

/// Keeps what did not fit the framing for an operator. `bytes` go to the end of what has been received.
void StreamConnection::note_malformed(std::string_view bytes, std::size_t used) {
  hosted_.context.note_malformed(peer(), hosted_.session.end_detail(),
                                 {.bytes = bytes, .at = used, .offset = received_bytes_ - (bytes.size() - used)});
}

/// All is sent: ends this side and waits for the end of the peer's.
void StreamConnection::linger(CloseReason reason) {
  input_.release();
  phase_ = Phase::lingering;
  reason_ = reason;
  stream_->end_sending();
  hosted_.loop.set_deadline(*this, hosted_.loop.now() + kLinger);
  linger_on();
}

void StreamConnection::linger_on() {
  if (!netkit::linger_on(*stream_, hosted_.loop.read_buffer())) return close(reason_, end_detail());
  set_interest(EPOLLIN | (stream_->holds_unsent() ? EPOLLOUT : 0U));
}

void StreamConnection::close(CloseReason reason, const std::string& detail) {
  if (phase_ == Phase::closed) return;
  if (!stream_->established()) hosted_.context.counters.count_failed_handshake();
  hosted_.note_end(reason, *this, detail, traffic());
  hosted_.loop.unwatch(*this);  // closing does not do it while a forked child has the socket too
  const bool call_cut = hosted_.session.ended() == CloseReason::none && hosted_.session.call_open();
  const bool cut = hosted_.calling() || call_cut || !all_sent();
  phase_ = Phase::closed;
  reason_ = reason;
  stream_->close(cut);  // by a reset: an end of stream could pass for the end of what was to come
  const std::unique_ptr<Stream> gone = std::move(stream_);  // the detail may be its own
  hosted_.loop.cancel_deadline(*this);
  input_.release();
  unsent_.release();
  memory_.count(hosted_.context.server.memory, 0);
  if (!hosted_.cancel_call(detail)) release(detail);  // otherwise on_return() does it
}

/// No call is under way any more.
void StreamConnection::release(std::string_view detail) {
  hosted_.end(reason_, detail);
  hosted_.loop.release(*this);
}

}  // namespace netkit
