#include "host/transport/tls_stream.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

namespace netkit {
namespace {

constexpr std::size_t kShare = std::size_t{64} << 10;  // encrypted at once; what the peer does not take waits twice
// Of what TLS itself has to say, key updates most of all: who asks for them without end must read the answers.
constexpr std::size_t kMostUnsent = 2 * kShare;

}  // namespace

ssize_t TlsStream::receive(std::span<char> into) {
  if (!holds_received_) {
    if (const ssize_t count = fetch(into); count <= 0) return count;
  }
  if (!established_) {
    const TlsEngine::Status status = engine_->handshake();
    established_ = engine_->established();
    if (!flush()) return -1;
    if (status == TlsEngine::Status::failed) return fail(engine_->failure());
  }
  if (established_) return decrypt(into);
  errno = EAGAIN;
  return -1;
}

/// Moves bytes from the socket to the engine. `room` is only lent.
ssize_t TlsStream::fetch(std::span<char> room) {
  if (engine_->outgoing().size() > kMostUnsent) return fail("the peer takes no answers of the TLS protocol");
  const ssize_t count = ::recv(socket(), room.data(), room.size(), 0);
  if (count > 0) engine_->feed({room.data(), static_cast<std::size_t>(count)});
  return count;
}

/// Fills `into` as far as the engine has anything.
ssize_t TlsStream::decrypt(std::span<char> into) {
  using Status = TlsEngine::Status;
  std::size_t moved = 0;
  Status status = Status::done;
  while (moved < into.size() && status == Status::done) {
    const TlsEngine::Result result = engine_->read(into.subspan(moved));
    status = result.status;
    moved += result.count;
  }
  holds_received_ = status != Status::need_bytes;  // an end and a failure are there to be told next time
  if (!flush()) return -1;
  if (moved > 0) return static_cast<ssize_t>(moved);
  if (status == Status::closed) return 0;
  if (status == Status::failed) return fail(engine_->failure());
  errno = EAGAIN;
  return -1;
}

ssize_t TlsStream::send(std::string_view bytes, bool /*more*/) {
  if (holds_unsent_ && !flush()) return -1;
  if (holds_unsent_) {
    errno = EAGAIN;
    return -1;
  }
  const std::string_view share = bytes.substr(0, kShare);
  if (engine_->write(share).status != TlsEngine::Status::done) return fail(engine_->failure());
  if (!flush()) return -1;
  return static_cast<ssize_t>(share.size());
}

bool TlsStream::flush() {
  const bool alive = send_outgoing();
  held_ = engine_->held();
  return alive;
}

bool TlsStream::send_outgoing() {
  while (!engine_->outgoing().empty()) {
    const std::string_view bytes = engine_->outgoing();
    const ssize_t count = ::send(socket(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0) {
      holds_unsent_ = true;
      return errno == EAGAIN || errno == EINTR;
    }
    engine_->sent(static_cast<std::size_t>(count));
  }
  holds_unsent_ = false;
  if (ending_) ::shutdown(socket(), SHUT_WR);
  return true;
}

void TlsStream::end_sending() {
  engine_->end_writing();
  ending_ = true;
  flush();
}

void TlsStream::close(bool reset) {
  if (reset) {
    reset_at_close();
  } else if (!ending_) {
    end_sending();
  }
  socket_.reset();
}

void TlsStream::describe(Peer& peer) const {
  peer.encrypted = established_;
  peer.certificate = engine_->peer_certificate();
  peer.server_name = engine_->server_name();
}

ssize_t TlsStream::fail(const std::string& why) {
  failure_ = why;
  errno = EPROTO;
  return -1;
}

}  // namespace netkit
