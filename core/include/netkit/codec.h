#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "netkit/attributes.h"
#include "netkit/buffer.h"
#include "netkit/message.h"

namespace netkit {

/// What a decoder found at the front of the bytes it was given.
struct Decoded {
  /// What that is.
  enum class Status : std::uint8_t {
    message,    ///< A whole message.
    control,    ///< What the framing answers by itself, such as a ping.
    need_more,  ///< The beginning of either.
    malformed,  ///< Nothing that the framing knows: the conversation ends.
  };

  Status status = Status::need_more;  ///< Says which of the members below count.
  bool last = false;  ///< message, control: the peer sends nothing more; the conversation ends in order.
  /// message, control: how many bytes it took, its framing included: at least 1 and at most those given, or the
  /// conversation ends. need_more: how many bytes the whole message will take, 0 where that is not known yet.
  std::size_t size = 0;
  Message message{};          ///< Points into the bytes given or into the decoder; lasts until the decoder's next call.
  std::string_view reason{};  ///< malformed: what was wrong. Lives as long as the decoder.
  /// control: bytes to be sent as they are, such as a pong. malformed: the last bytes that are sent, such as an error
  /// that the protocol has for it. Lasts as `message` does.
  std::string_view reply{};
};

/// The reading half of a framing, for one direction of one conversation: bytes in, messages out. It knows no socket,
/// thread or clock. Never constructed without a largest message size.
class Decoder {
 public:
  virtual ~Decoder() = default;

  /// Looks for one message at the front of `bytes`. After need_more the next call gets the same bytes with more behind
  /// them, so what was scanned need not be scanned again; after a message or control the bytes start behind it; after
  /// malformed there is no next call. A size over the limit is malformed as soon as it is announced.
  virtual Decoded decode(std::string_view bytes) = 0;

  /// The peer has ended its stream behind `rest`, for which decode() has said need_more, or which is empty. A framing
  /// whose last message ends with the stream returns it; need_more means that `rest`, if any, is cut. Called once.
  virtual Decoded end(std::string_view /*rest*/) { return {}; }
};

/// Changes the bytes of one streamed body on their way, such as by escapes, and writes what follows it. Each body has
/// one of its own: other messages may be framed while it is under way. Used by one thread at a time.
class BodyEncoder {
 public:
  virtual ~BodyEncoder() = default;
  /// Appends what stands for the next piece of the body.
  virtual void transform(std::string_view piece, Buffer& out) = 0;
  /// Appends what follows the body, such as an end mark or a checksum. Called once, behind the last piece.
  virtual void end(Buffer& /*out*/) {}
};

/// The writing half of a framing: what goes before and after a body. Made from the same options as the decoder, so
/// that a decoder with those options gives back the body.
class Encoder {
 public:
  virtual ~Encoder() = default;

  /// Appends what precedes a body of `size` bytes. Throws std::length_error, with nothing appended, if this framing
  /// cannot carry such a body.
  virtual void begin(const Attributes& attributes, std::uint64_t size, Buffer& out) = 0;

  /// Appends what follows the body. `body` is the body where it stands at the end of `out`, which may be altered in
  /// place; it is empty for a body that is streamed past `out`, and then end() is called before that is read. Not
  /// called for one with a body_encoder().
  virtual void end(std::span<char> body, Buffer& out) = 0;

  /// False if end() never does anything: then it need not be called.
  virtual bool has_end() const noexcept { return true; }

  /// Appends a whole message: what the two above do around a body that is at hand, in one call. Overridden where that
  /// is faster, or where the bytes of a body are changed on the wire.
  [[gnu::noinline]] virtual void encode(const Attributes& attributes, std::string_view body, Buffer& out) {
    begin(attributes, body.size(), out);
    out.append(body);
    end(out.last(body.size()), out);
  }

  /// What becomes of the bytes of a body.
  enum class Bodies : std::uint8_t {
    as_they_are,  ///< They are sent unchanged between begin() and end().
    by_pieces,    ///< They are changed, or summed up for what follows: streamed bodies pass a body_encoder().
    whole,  ///< They are needed together (a checksum in front): streamed bodies are read into memory first. One of
            ///< more than 1 MiB is refused then: Responder::stream() throws std::length_error.
  };
  /// Other than as_they_are: encode() is always used for bodies that are at hand. Constant.
  virtual Bodies bodies() const noexcept { return Bodies::as_they_are; }

  /// by_pieces: what changes the streamed body that was announced to begin() just now. It may outlive this encoder.
  /// Null for a body that is sent as it is, with end() behind it.
  virtual std::unique_ptr<BodyEncoder> body_encoder() { return nullptr; }

  /// True if end_call() wants to be told. Constant.
  virtual bool ends_calls() const noexcept { return false; }
  /// Called behind the last answer to a message, also where there was none: appends what the framing owes the peer
  /// then.
  virtual void end_call(Buffer& /*out*/) {}
};

}  // namespace netkit
