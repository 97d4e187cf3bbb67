#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "netkit/buffer.h"
#include "netkit/message.h"

namespace netkit {

/// What a decoder found at the front of the bytes it was given.
struct Decoded {
  enum class Status : std::uint8_t { message, need_more, malformed };

  Status status = Status::need_more;
  /// message: how many bytes it took, its framing included. need_more: how many bytes the whole message will take, 0
  /// where that is not known yet. malformed: unused.
  std::size_t size = 0;
  Message message{};          ///< Points into the bytes given.
  std::string_view reason{};  ///< malformed: what was wrong. Lives as long as the decoder.
};

/// The reading half of a framing, for one direction of one conversation: bytes in, messages out. It knows no socket,
/// thread or clock, and copies nothing. Never constructed without a largest message size.
class Decoder {
 public:
  virtual ~Decoder() = default;

  /// Looks for one message at the front of `bytes`. After need_more the next call gets the same bytes with more behind
  /// them, so what was scanned need not be scanned again; after a message the bytes start behind it; after malformed
  /// there is no next call. A size over the limit is malformed as soon as it is announced.
  virtual Decoded decode(std::string_view bytes) = 0;
};

/// The writing half of a framing: what goes before and after a body. Made from the same options as the decoder, so
/// that a decoder with those options gives back the body.
class Encoder {
 public:
  virtual ~Encoder() = default;

  /// Appends what precedes a body of `size` bytes. Throws std::length_error, with nothing appended, if this framing
  /// cannot carry such a body.
  virtual void begin(const Header& header, std::uint64_t size, Buffer& out) = 0;

  /// Appends what follows the body. `body` is the body where it stands at the end of `out`, which may be altered in
  /// place; it is empty for a body that is streamed past `out`.
  virtual void end(std::span<char> body, Buffer& out) = 0;

  /// False if end() never does anything: then it need not be called.
  virtual bool has_end() const noexcept { return true; }

  /// Appends a whole message: what the two above do around a body that is at hand, in one call. Overridden where that
  /// is faster; what is appended and thrown is the same.
  [[gnu::noinline]] virtual void encode(const Header& header, std::string_view body, Buffer& out) {
    begin(header, body.size(), out);
    out.append(body);
    end(out.last(body.size()), out);
  }
};

}  // namespace netkit
