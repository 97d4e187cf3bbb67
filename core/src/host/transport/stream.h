#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "netkit/peer.h"
#include "netkit/unique_fd.h"

namespace netkit {

class TlsServerContext;

/// Carries bytes between a connection and its peer over one non-blocking socket or pipe, which it owns. Loop thread
/// only.
///
/// receive() and send() answer as recv(2) and send(2) do, with errno. A stream that encrypts may hold bytes of either
/// direction on the way; the plain one never does. What every turn asks about that are flags, not virtual calls.
class Stream {
 public:
  virtual ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// Moves received bytes into `into`: 0 at the end of the peer's direction.
  virtual ssize_t receive(std::span<char> into) = 0;
  /// Takes bytes to send and returns how many. `more`: others follow at once, so that a last packet may wait for them.
  virtual ssize_t send(std::string_view bytes, bool more) = 0;
  /// Moves the bytes that send() took and the socket did not into the socket. False with errno if that failed, EAGAIN
  /// being no failure.
  virtual bool flush() { return true; }
  /// No more from this side, once all that send() took has left. The peer's direction stays open.
  virtual void end_sending() = 0;
  /// Closes the socket. `reset`: the peer must not take it for the end of what was sent.
  virtual void close(bool reset) = 0;

  /// What EPOLLERR stands for, as errno.
  virtual int error() const {
    int error = 0;
    ::socklen_t size = sizeof error;
    ::getsockopt(socket(), SOL_SOCKET, SO_ERROR, &error, &size);
    return error;
  }

  /// True if the settings of `tls` would let the peer in too.
  virtual bool is_admitted_by(const TlsServerContext& /*tls*/) const { return true; }
  /// Adds to `peer` what this stream knows of it.
  virtual void describe(Peer& /*peer*/) const {}

  /// The version of TLS that was agreed on, one of kTlsVersions; empty without one.
  virtual std::string_view tls_version() const { return {}; }

  int socket() const { return socket_.get(); }
  /// Carries on over the socket of `other`, which is left without one.
  void take_socket(Stream& other) noexcept { socket_ = std::move(other.socket_); }
  /// True if the socket takes the bytes as they are, so that sendfile(2) may put them there.
  bool takes_files() const { return takes_files_; }
  /// False until both sides have agreed on how to talk: nothing can be sent before.
  bool established() const { return established_; }
  /// receive() has bytes that no event of the socket will announce.
  bool holds_received() const { return holds_received_; }
  /// flush() has something to do.
  bool holds_unsent() const { return holds_unsent_; }
  /// The memory that bytes on the way take here, in bytes.
  std::size_t held() const { return held_; }
  /// Why the layer above the socket failed, or empty if it did not.
  const std::string& failure() const { return failure_; }

 protected:
  Stream(UniqueFd socket, bool takes_files)
      : socket_(std::move(socket)), takes_files_(takes_files), established_(takes_files) {}

  /// Has the kernel throw away what is unsent and tell the peer so, once the socket is closed. (Unix sockets cannot.)
  void reset_at_close() const {
    const ::linger at_once{1, 0};
    ::setsockopt(socket(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }

  UniqueFd socket_;
  const bool takes_files_;
  bool established_;
  bool holds_received_ = false;
  bool holds_unsent_ = false;
  std::size_t held_ = 0;
  std::string failure_;
};

}  // namespace netkit
