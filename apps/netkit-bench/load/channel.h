#pragma once

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "netkit/unique_fd.h"
#include "tls/context.h"

namespace netkit::bench {

/// Moves the bytes of one connection, plain or by TLS. Never blocks: the calls return -1 and EAGAIN instead, as those
/// of the system do.
class Channel {
 public:
  virtual ~Channel() = default;

  virtual ssize_t send(std::string_view bytes) = 0;
  /// 0: the server has ended its side.
  virtual ssize_t receive(std::span<char> into) = 0;
  /// Receives up to `count` bytes and drops them.
  virtual ssize_t discard(std::size_t count) = 0;
  virtual bool can_discard() const = 0;
  /// True if a receive() of fewer bytes than asked for means that there are no more.
  virtual bool short_means_empty() const = 0;
  /// False as long as a handshake goes on. Throws RunError if it has failed.
  virtual bool established() = 0;
};

/// `tcp`: bytes can be discarded without copying them.
std::unique_ptr<Channel> plain_channel(UniqueFd socket, bool tcp);

/// `context` must outlive the channel. Its calls throw RunError for what is wrong with TLS.
std::unique_ptr<Channel> tls_channel(UniqueFd socket, const TlsClientContext& context);

}  // namespace netkit::bench
