#include "netkit-bench/load/channel.h"

#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "netkit-bench/failure.h"

namespace netkit::bench {
namespace {

constexpr std::size_t kShare = std::size_t{64} << 10;  // bytes to read or encrypt at a time

class PlainChannel final : public Channel {
 public:
  PlainChannel(UniqueFd socket, bool tcp) : socket_(std::move(socket)), tcp_(tcp) {}

  ssize_t send(std::string_view bytes) override {
    return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  ssize_t receive(std::span<char> into) override {
    return ::recv(socket_.get(), into.data(), into.size(), MSG_DONTWAIT);
  }
  /// With MSG_TRUNC the kernel drops the bytes instead of copying them (tcp(7)).
  ssize_t discard(std::size_t count) override {
    return ::recv(socket_.get(), nullptr, count, MSG_DONTWAIT | MSG_TRUNC);
  }
  bool can_discard() const override { return tcp_; }
  bool short_means_empty() const override { return true; }
  bool established() override { return true; }

 private:
  const UniqueFd socket_;
  const bool tcp_;
};

class TlsChannel final : public Channel {
 public:
  TlsChannel(UniqueFd socket, const TlsClientContext& context)
      : socket_(std::move(socket)), engine_(context.make_engine()), room_(kShare) {}
  ~TlsChannel() override {
    if (!engine_->established()) return;
    engine_->end_writing();
    flush();
  }

  ssize_t send(std::string_view bytes) override {
    if (!established() || !flush()) return again();
    const std::string_view share = bytes.substr(0, kShare);
    if (engine_->write(share).status != TlsEngine::Status::done) throw_failure();
    flush();
    return static_cast<ssize_t>(share.size());
  }

  ssize_t receive(std::span<char> into) override {
    if (!established()) return again();
    for (;;) {
      const TlsEngine::Result result = engine_->read(into);
      flush();
      if (result.status == TlsEngine::Status::done) return static_cast<ssize_t>(result.count);
      if (result.status == TlsEngine::Status::closed) return 0;
      if (result.status == TlsEngine::Status::failed) throw_failure();
      if (const ssize_t got = fetch(); got <= 0) return got;
    }
  }

  ssize_t discard(std::size_t /*count*/) override { return again(); }
  bool can_discard() const override { return false; }
  bool short_means_empty() const override { return false; }

  bool established() override {
    while (!engine_->established()) {
      const TlsEngine::Status status = engine_->handshake();
      flush();
      if (status == TlsEngine::Status::failed) throw_failure();
      if (status == TlsEngine::Status::done) return true;
      const ssize_t got = fetch();
      if (got == 0) throw RunError("the server ended the connection in the TLS handshake");
      if (got < 0 && errno == EAGAIN) return false;
      if (got < 0) throw system_error("TLS handshake");
    }
    return true;
  }

 private:
  static ssize_t again() {
    errno = EAGAIN;
    return -1;
  }
  [[noreturn]] void throw_failure() const { throw RunError("TLS: " + engine_->failure()); }

  ssize_t fetch() {
    const ssize_t got = ::recv(socket_.get(), room_.data(), room_.size(), MSG_DONTWAIT);
    if (got > 0) engine_->feed({room_.data(), static_cast<std::size_t>(got)});
    return got;
  }

  /// False if bytes are left. An error shows when the socket is read.
  bool flush() {
    while (!engine_->outgoing().empty()) {
      const std::string_view bytes = engine_->outgoing();
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0) return false;
      engine_->sent(static_cast<std::size_t>(sent));
    }
    return true;
  }

  const UniqueFd socket_;
  const std::unique_ptr<TlsEngine> engine_;
  std::vector<char> room_;
};

}  // namespace

std::unique_ptr<Channel> plain_channel(UniqueFd socket, bool tcp) {
  return std::make_unique<PlainChannel>(std::move(socket), tcp);
}

std::unique_ptr<Channel> tls_channel(UniqueFd socket, const TlsClientContext& context) {
  return std::make_unique<TlsChannel>(std::move(socket), context);
}

}  // namespace netkit::bench
