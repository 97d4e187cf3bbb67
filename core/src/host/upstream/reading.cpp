#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "base/run_guarded.h"
#include "host/upstream/errno_text.h"
#include "host/upstream/upstream_connection.h"

// How an onward connection reads: bytes of the other end become messages.

namespace netkit {
namespace {

constexpr std::size_t kMostReplies = std::size_t{256} << 10;  // to control messages that the other end does not take
constexpr int kDatagramsAtOnce = 64;

}  // namespace

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
        const Upstream handle = upstream();
        while (accepts() && (used < bytes.size() || (first && datagrams_)) && take_one(bytes, used, handle))
          first = false;
      },
      [this](const char* what) { close("handler-failed", what); });
  return used;
}

/// False if nothing more is to be decoded now.
bool UpstreamConnection::take_one(std::string_view bytes, std::size_t& used, const Upstream& handle) {
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
    plan_.handler->on_message(handle, decoded.message);
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

}  // namespace netkit
