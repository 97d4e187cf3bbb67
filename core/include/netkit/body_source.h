#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace netkit {

/// A body too large for memory: a file, a command's kept output. Owned by the connection it was handed to, which reads
/// it on its event loop thread as fast as the peer takes it and destroys it when it was sent or the peer is gone.
class BodySource {
 public:
  virtual ~BodySource() = default;

  /// All the bytes there will be. Fixed from the start: the framing has announced it to the peer.
  virtual std::uint64_t size() const = 0;

  /// Puts the next bytes into `into` and returns how many: 0 only if the source has come short of size(), which aborts
  /// the connection. Must not wait for anything but the disk. May throw; that aborts the connection too.
  virtual std::size_t read(std::span<char> into) = 0;

  /// A file the bytes can be taken from by sendfile(2) instead of read(), or -1. Owned by the source.
  virtual int descriptor() const { return -1; }

  /// Where in descriptor() the body begins, in bytes.
  virtual std::uint64_t offset() const { return 0; }

  /// Asked before the body's last bytes leave: false withholds them and aborts the connection, so that a body that
  /// changed while it was sent never arrives as if whole.
  virtual bool intact() { return true; }

  /// The last call: how many of its bytes the connection has taken.
  virtual void on_sent(std::uint64_t /*bytes*/) {}
};

}  // namespace netkit
