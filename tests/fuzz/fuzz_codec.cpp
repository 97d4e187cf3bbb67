// Fuzz target: the framing that NETKIT_FUZZ names. Whatever the options and bytes, its decoder gives the same messages
// however the bytes are split, keeps its limits, says honest sizes, and gives back what the encoder wrote.
//
// An input is two bytes that choose the options, one that chooses the split, and the stream.

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

#include "fuzz/codec_run.h"
#include "fuzz/codec_setup.h"
#include "fuzz/input.h"
#include "fuzz/require.h"

namespace netkit::fuzz {
namespace {

/// Gives the sizes of the pieces that a stream arrives in: single bytes at first, two or three parts, or several of
/// different sizes.
class Pieces {
 public:
  Pieces(std::uint8_t seed, std::size_t stream) : seed_(seed), cut_(stream / 3 + stream * (seed >> 2) / 64 + 1) {}

  std::size_t next() {
    switch (seed_ & 3) {
      case 0:
        return ++single_ <= kSingle ? 1 : cut_;
      case 1:
        state_ = state_ * 1664525u + 1013904223u;
        return std::size_t{1} + (state_ >> 24) % (8u + seed_ / 4u);
      default:
        return cut_;
    }
  }

 private:
  static constexpr int kSingle = 24;  // each costs a copy of all the bytes before it

  std::uint8_t seed_;
  std::size_t cut_;
  int single_ = 0;
  std::uint32_t state_ = 0;
};

/// One framing under test, with the memory that its inputs share.
class CodecFuzz {
 public:
  explicit CodecFuzz(const char* framing) : setups_(framing) {}

  void run(Input input) {
    const CodecSetup* setup = setups_.find(input.word());
    if (setup == nullptr) return;
    const std::uint8_t seed = input.byte();
    const std::string_view stream = input.rest().substr(0, GuardedBytes::kCapacity);
    if (setup->kind == Kind::packets) {
      check_packet(*setup, stream);
    } else {
      check_splits(*setup, stream, seed);
    }
    // A refusal is an exception, which costs as much as fifty decodings: often enough is enough.
    const bool refused = setup->only_size > 0 && stream.size() < setup->only_size;
    if (refused && seed != kTryRefusal) return;
    const std::string_view body = setup->only_size > 0 ? stream.substr(0, setup->only_size) : stream;
    if (can_carry(*setup, body)) check_round_trip(*setup, body);
  }

 private:
  static constexpr std::uint8_t kTryRefusal = 7;

  void check_packet(const CodecSetup& setup, std::string_view packet) {
    CodecRun run(setup, whole_);
    run.take_packet(packet);
    require(packet.size() > setup.max || run.result().messages.size() == 1, "a datagram is a message");
  }

  void check_splits(const CodecSetup& setup, std::string_view stream, std::uint8_t seed) {
    const Decoding& whole = decode(setup, stream, whole_, [&] { return stream.size(); });
    Pieces pieces(seed, stream.size());
    const Decoding& split = decode(setup, stream, split_, [&] { return pieces.next(); });
    if (setup.kind == Kind::pieces) {
      require(whole.taken == stream.size() && split.taken == stream.size(), "raw takes everything");
      return;
    }
    require(whole == split, "the messages do not depend on how the bytes are split");
    if (whole.messages.empty()) return;
    const Found& message = whole.messages[seed % whole.messages.size()];
    body_.assign(whole.body(message));
    const std::string_view body = body_;
    if (can_carry(setup, body)) check_round_trip(setup, body);
  }

  /// Decodes the stream as it arrives in pieces of the sizes that `next_piece` gives.
  template <class NextPiece>
  static const Decoding& decode(const CodecSetup& setup, std::string_view stream, DecodingMemory& memory,
                                NextPiece next_piece) {
    CodecRun run(setup, memory);
    for (std::size_t arrived = 0; arrived < stream.size();) {
      arrived = std::min(arrived + next_piece(), stream.size());
      if (!run.advance(stream.substr(0, arrived))) return memory.result;
    }
    run.end(stream);
    return memory.result;
  }

  /// Whether the framing has a way to carry these bytes: a text that holds its own end has none.
  static bool can_carry(const CodecSetup& setup, std::string_view body) {
    if (setup.kind == Kind::pieces) return !body.empty() && body.size() <= setup.max;
    if (setup.kind == Kind::scanned) {
      return !setup.keeps_ending && body.find_first_of(setup.endings) == std::string_view::npos;
    }
    return true;
  }

  void check_round_trip(const CodecSetup& setup, std::string_view body) {
    if (!encode(setup, body)) return;
    const std::string_view wire = whole_.bytes[0].put(wire_.view());
    const auto decoder = setup.codec().decoder;
    const Decoded decoded = decoder->decode(wire);
    if (body.size() > setup.max) {
      require(decoded.status == Decoded::Status::malformed, "what is over max is refused");
      return;
    }
    require(decoded.status == Decoded::Status::message, "what was encoded is a message");
    require(decoded.size == wire.size(), "what was encoded is one message");
    if (!setup.writes_into_body) require(decoded.message.body == body, "a body comes back as it was");
  }

  /// Leaves in wire_ what the encoder writes. False if it refuses the body.
  bool encode(const CodecSetup& setup, std::string_view body) {
    const auto encoder = setup.codec().encoder;
    wire_.clear();
    try {
      encoder->encode(kNoAttributes, body, wire_);
    } catch (const std::length_error&) {
      require(wire_.empty(), "a refused body leaves nothing on the wire");
      return false;
    }
    if (!setup.end_reads_body && encoder->bodies() != Encoder::Bodies::whole) check_streamed(*encoder, body);
    return true;
  }

  /// Streamed in two pieces, the body looks as it does in wire_.
  void check_streamed(Encoder& encoder, std::string_view body) {
    streamed_.clear();
    encoder.begin(kNoAttributes, body.size(), streamed_);
    if (const auto body_encoder = encoder.body_encoder()) {
      body_encoder->transform(body.substr(0, body.size() / 3), streamed_);
      body_encoder->transform(body.substr(body.size() / 3), streamed_);
      body_encoder->end(streamed_);
    } else {
      streamed_.append(body);
      encoder.end({}, streamed_);
    }
    require(streamed_.view() == wire_.view(), "a streamed body looks like one at hand");
  }

  CodecSetups setups_;
  DecodingMemory whole_;
  DecodingMemory split_;
  std::string body_;
  Buffer wire_;
  Buffer streamed_;
};

const char* framing_to_fuzz() {
  const char* name = std::getenv("NETKIT_FUZZ");
  return name == nullptr ? "" : name;
}

}  // namespace
}  // namespace netkit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static netkit::fuzz::CodecFuzz fuzz(netkit::fuzz::framing_to_fuzz());
  fuzz.run(netkit::fuzz::Input(data, size));
  return 0;
}
