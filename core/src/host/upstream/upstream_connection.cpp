#include "host/upstream/upstream_connection.h"

#include <sys/socket.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/run_guarded.h"
#include "host/transport/linger.h"
#include "host/upstream/errno_text.h"

namespace netkit {
namespace {

constexpr std::size_t kHeavy = std::size_t{16} << 10;  // bytes sent by one event

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
  if (loop_.memory() != nullptr) memory_.count(*loop_.memory(), 0);
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
  count_memory();
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
  if (!sent.ok()) close(to_string(sent.reason()), stream_->failure().empty() ? sent.detail() : stream_->failure());
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
  count_memory();
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

/// Ends this side and waits for the other end to do so too.
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
  if (!netkit::linger_on(*stream_, loop_.read_buffer())) return close(reason_);
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
  count_memory();
}

/// Both directions: what its handler has sent, and what has come and is no whole message or has to wait.
void UpstreamConnection::count_memory() {
  if (loop_.memory() == nullptr) return;
  memory_.count(*loop_.memory(), input_.held() + output_.held() + (stream_ ? stream_->held() : 0));
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
