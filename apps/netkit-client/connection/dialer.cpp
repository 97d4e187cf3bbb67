#include "netkit-client/connection/dialer.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "netkit-client/failure.h"

namespace netkit::client {
namespace {

constexpr std::chrono::milliseconds kHeadStart{250};  // the Connection Attempt Delay of RFC 8305 section 5
constexpr const char* kLate = "no answer in time (--timeout)";

std::string error_text(int error) { return std::generic_category().message(error); }

timeval in_timeval(std::chrono::nanoseconds duration) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
  const auto rest = std::chrono::ceil<std::chrono::microseconds>(duration - seconds);
  return {.tv_sec = seconds.count(), .tv_usec = rest.count()};
}

}  // namespace

Dialer::Dialer(std::vector<PeerAddress> addresses, std::chrono::nanoseconds timeout, Tell tell)
    : left_(std::make_move_iterator(addresses.begin()), std::make_move_iterator(addresses.end())),
      timeout_(timeout),
      tell_(left_.size() > 1 ? std::move(tell) : Tell()) {}

Dialed Dialer::connect() {
  Dialed dialed;
  for (;;) {
    if (!left_.empty() && (attempts_.empty() || Clock::now() >= next_start_)) start_next();
    if (attempts_.empty() && left_.empty()) throw LocalError(reason_);
    if (attempts_.empty()) continue;
    wait();
    if (finish_ready(dialed)) return dialed;
    drop_late();
  }
}

void Dialer::start_next() {
  const PeerAddress peer = std::move(left_.front());
  left_.pop_front();
  next_start_ = Clock::now() + kHeadStart;
  start(peer);
}

void Dialer::start(const PeerAddress& peer) {
  if (tell_) tell_("trying " + peer.text);
  UniqueFd socket(::socket(peer.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return failed(peer, error_text(errno));
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // A connect that is complete at once is seen by poll(2) as the others are.
  if (::connect(socket.get(), peer.get(), peer.size) != 0 && errno != EINPROGRESS) {
    return failed(peer, error_text(errno));
  }
  const auto deadline = timeout_.count() == 0 ? Clock::time_point::max() : Clock::now() + timeout_;
  attempts_.push_back({std::move(socket), peer, deadline});
}

Dialer::Clock::time_point Dialer::next_event() const {
  Clock::time_point event = left_.empty() ? Clock::time_point::max() : next_start_;
  for (const Attempt& attempt : attempts_) event = std::min(event, attempt.deadline);
  return event;
}

void Dialer::wait() const {
  std::vector<pollfd> events;
  for (const Attempt& attempt : attempts_) events.push_back({attempt.socket.get(), POLLOUT, 0});
  int patience = -1;
  if (const auto event = next_event(); event != Clock::time_point::max()) {
    const auto rest = std::chrono::ceil<std::chrono::milliseconds>(event - Clock::now()).count();
    patience = static_cast<int>(std::clamp<std::int64_t>(rest, 0, 3'600'000));
  }
  if (::poll(events.data(), events.size(), patience) < 0 && errno != EINTR) {
    throw system_failure("cannot wait for the server");
  }
}

/// Takes the first attempt that has succeeded; drops those that have failed.
bool Dialer::finish_ready(Dialed& dialed) {
  for (auto attempt = attempts_.begin(); attempt != attempts_.end();) {
    pollfd event{attempt->socket.get(), POLLOUT, 0};
    if (::poll(&event, 1, 0) <= 0) {
      ++attempt;
      continue;
    }
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(attempt->socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error == 0) {
      dialed = {std::move(attempt->socket), attempt->peer};
      return true;
    }
    failed(attempt->peer, error_text(error));
    attempt = attempts_.erase(attempt);
  }
  return false;
}

void Dialer::drop_late() {
  const auto now = Clock::now();
  std::erase_if(attempts_, [&](const Attempt& attempt) {
    if (now < attempt.deadline) return false;
    failed(attempt.peer, kLate);
    return true;
  });
}

void Dialer::failed(const PeerAddress& peer, std::string reason) {
  if (tell_) tell_(peer.text + ": " + reason);
  reason_ = std::move(reason);
  next_start_ = Clock::time_point::min();
}

/// A blocking connect(2), limited by the send timeout: it fails with EAGAIN when that passes. A non-blocking one fails
/// at once if the server's accept queue is full.
UniqueFd dial_unix(const PeerAddress& peer, std::chrono::nanoseconds timeout) {
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) throw LocalError(error_text(errno));
  const timeval limit = in_timeval(timeout);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (::connect(socket.get(), peer.get(), peer.size) != 0) {
    throw LocalError(errno == EAGAIN ? kLate : error_text(errno));
  }
  return socket;
}

}  // namespace netkit::client
