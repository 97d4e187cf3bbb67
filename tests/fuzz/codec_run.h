#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/codec_setup.h"
#include "fuzz/guarded_bytes.h"

namespace netkit::fuzz {

/// Where a message was found in the stream.
struct Found {
  std::size_t body = 0;
  std::size_t body_size = 0;
  std::size_t attributes = 0;  ///< How many.

  bool operator==(const Found&) const = default;
};

/// What a decoder made of a stream.
struct Decoding {
  std::vector<Found> messages;
  std::string reason;     ///< Why it ended; empty if it did not.
  std::size_t taken = 0;  ///< Bytes of the stream.

  bool operator==(const Decoding&) const = default;
  void clear();
};

/// The memory that decodings use, kept from one input to the next.
struct DecodingMemory {
  std::array<GuardedBytes, 2> bytes;
  Decoding result;
};

/// Takes messages as a session does, while the bytes of a stream arrive, and holds the decoder to what Decoder and
/// Decoded promise.
class CodecRun {
 public:
  CodecRun(const CodecSetup& setup, DecodingMemory& memory);

  /// Decodes what can be decoded of the stream's bytes so far. False if they are malformed.
  bool advance(std::string_view arrived);

  /// Likewise one datagram, which may be empty.
  void take_packet(std::string_view packet);

  const Decoding& result() const { return memory_.result; }

 private:
  enum class Next : std::uint8_t { message, more_bytes, nothing };

  Next step(std::string_view bytes);
  void take(std::string_view bytes, const Decoded& decoded);

  std::unique_ptr<Decoder> decoder_;
  std::uint64_t max_;
  DecodingMemory& memory_;
  std::size_t turn_ = 0;
  std::size_t announced_ = 0;  // by the last need_more
};

}  // namespace netkit::fuzz
