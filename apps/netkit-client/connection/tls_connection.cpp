#include "netkit-client/connection/tls_connection.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/nearest.h"
#include "netkit-client/connection/socket_io.h"
#include "netkit-client/failure.h"

namespace netkit::client {
namespace {

constexpr std::size_t kShare = std::size_t{64} << 10;  // bytes to read or encrypt at a time
constexpr const char* kCut = "the connection was cut: it ended without the end of TLS";

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

TlsConnection::TlsConnection(UniqueFd socket, const TlsClientSettings& settings, std::chrono::nanoseconds timeout)
    : name_(settings.name),
      context_(settings),
      socket_(std::move(socket)),
      engine_(context_.make_engine()),
      room_(kShare) {
  shake_hands(timeout);
}

TlsConnection::~TlsConnection() { TlsConnection::finish_sending(); }

void TlsConnection::shake_hands(std::chrono::nanoseconds timeout) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = timeout.count() == 0 ? Clock::time_point::max() : Clock::now() + timeout;
  for (;;) {
    const TlsEngine::Status status = engine_->handshake();
    const Io flushed = flush();  // sends an alert too, which tells the server what failed
    if (status == TlsEngine::Status::failed) throw LocalError(explained());
    if (flushed.status == Io::Status::failed) throw LocalError(flushed.reason);
    if (status == TlsEngine::Status::done) {
      holds_received_ = true;  // the end of the handshake may come with the first data
      return;
    }
    await_bytes(deadline);
    const Io fetched = fetch();
    if (fetched.status == Io::Status::closed) throw LocalError("the server ended the connection in the TLS handshake");
    if (fetched.status == Io::Status::failed) throw LocalError(fetched.reason);
  }
}

void TlsConnection::await_bytes(std::chrono::steady_clock::time_point deadline) {
  using Clock = std::chrono::steady_clock;
  int patience = -1;
  if (deadline != Clock::time_point::max()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    patience = static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
  }
  pollfd wait{.fd = descriptor(), .events = POLLIN, .revents = 0};
  if (holds_unsent()) wait.events |= POLLOUT;
  const int ready = ::poll(&wait, 1, patience);
  if (ready < 0 && errno != EINTR) throw system_failure("cannot wait for the server");
  if (ready == 0 && Clock::now() >= deadline) throw LocalError("no TLS handshake in time (--timeout)");
}

Io TlsConnection::send(std::string_view bytes) {
  if (Io flushed = flush(); flushed.status != Io::Status::done) return flushed;
  const std::string_view share = bytes.substr(0, kShare);
  if (engine_->write(share).status != TlsEngine::Status::done) return {Io::Status::failed, 0, explained()};
  Io flushed = flush();
  if (flushed.status == Io::Status::done || flushed.status == Io::Status::would_block) {
    return {Io::Status::done, share.size(), {}};
  }
  return flushed;
}

Io TlsConnection::flush() {
  while (holds_unsent()) {
    Io io = send_stream(descriptor(), engine_->outgoing());
    // If the server reads no more, drop what is left, so that nobody waits for it to be sent.
    if (io.status == Io::Status::closed) engine_->sent(engine_->outgoing().size());
    if (io.status != Io::Status::done) return io;
    engine_->sent(io.count);
  }
  return {};
}

Io TlsConnection::receive(std::span<char> into) {
  if (!holds_received_) {
    Io fetched = fetch();
    if (fetched.status == Io::Status::closed) return {Io::Status::closed, 0, kCut};
    if (fetched.status != Io::Status::done) return fetched;
  }
  return decrypt(into);
}

Io TlsConnection::fetch() {
  Io io = receive_stream(descriptor(), room_);
  if (io.status == Io::Status::done) engine_->feed({room_.data(), io.count});
  return io;
}

Io TlsConnection::decrypt(std::span<char> into) {
  const TlsEngine::Result result = engine_->read(into);
  holds_received_ = result.status != TlsEngine::Status::need_bytes;
  flush();  // sends TLS's own responses; the next send reports an error
  switch (result.status) {
    case TlsEngine::Status::done:
      return {Io::Status::done, result.count, {}};
    case TlsEngine::Status::need_bytes:
      return {Io::Status::would_block, 0, {}};
    case TlsEngine::Status::closed:
      return {Io::Status::closed, 0, {}};
    case TlsEngine::Status::failed:
      break;
  }
  return {Io::Status::failed, 0, explained()};
}

void TlsConnection::finish_sending() {
  engine_->end_writing();
  flush();  // what is not sent now stays queued
}

void TlsConnection::reset() {
  reset_at_close(descriptor());
  socket_.reset();
}

/// Returns OpenSSL's reason and what the user can do about it.
std::string TlsConnection::explained() const {
  const std::string& reason = engine_->failure();
  std::string text = "TLS: " + reason;
  if (has(reason, "mismatch")) return text + ", expected " + in_quotes(name_) + " (--name)";
  if (has(reason, "issuer certificate") || has(reason, "self-signed")) return text + " (--ca)";
  if (has(reason, "wrong version number") || has(reason, "packet length too long")) {
    return text + " (does the server speak TLS?)";
  }
  if (has(reason, "certificate required") || has(reason, "alert handshake failure")) {
    return text + " (does the server want a certificate? --cert)";
  }
  return text;
}

}  // namespace netkit::client
