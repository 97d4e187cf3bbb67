// libFuzzer target: whatever framing, options and bytes, a decoder gives the same messages however the bytes are
// split, keeps its limits, says honest sizes, and gives back what the encoder wrote.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "fuzz/fuzz_setup.h"

namespace netkit::fuzz {
namespace {

using namespace std::string_view_literals;

void require(bool holds, const char* promise) {
  if (holds) return;
  std::fputs(promise, stderr);
  std::fputc('\n', stderr);
  std::abort();
}

/// Bytes in memory of exactly their size, so that a read behind them is seen.
class ExactCopy {
 public:
  explicit ExactCopy(std::string_view bytes) : memory_(new char[bytes.size()]), size_(bytes.size()) {
    std::copy(bytes.begin(), bytes.end(), memory_.get());
  }
  std::string_view view() const { return {memory_.get(), size_}; }

 private:
  std::unique_ptr<char[]> memory_;
  std::size_t size_;
};

/// Where a message was found in the stream.
struct Found {
  std::size_t header = 0;
  std::size_t header_size = 0;
  std::size_t body = 0;
  std::size_t body_size = 0;

  bool operator==(const Found&) const = default;
};

struct Decoding {
  std::vector<Found> messages;
  std::string reason;
  std::size_t taken = 0;  // bytes of the stream

  bool operator==(const Decoding&) const = default;
};

/// The offset of `part` in `bytes`, which it points into.
std::size_t offset_in(std::string_view bytes, std::string_view part) {
  if (part.empty()) return 0;
  require(part.data() >= bytes.data() && part.data() + part.size() <= bytes.data() + bytes.size(),
          "a message points into the bytes given");
  return static_cast<std::size_t>(part.data() - bytes.data());
}

/// Takes messages as a session does, while the bytes of a stream arrive.
class Run {
 public:
  explicit Run(const Setup& setup) : decoder_(setup.decoder()), max_(setup.options.size("max")) {}

  /// Decodes what can be decoded of the stream's bytes so far. False if they are malformed.
  bool advance(std::string_view arrived) {
    const ExactCopy copy(arrived.substr(result_.taken));
    const std::size_t begin = result_.taken;
    while (result_.taken < arrived.size()) {
      const std::string_view bytes = copy.view().substr(result_.taken - begin);
      const Decoded decoded = decoder_->decode(bytes);
      if (decoded.status == Decoded::Status::malformed) {
        require(!decoded.reason.empty(), "a refusal has a reason");
        result_.reason = decoded.reason;
        return false;
      }
      require(announced_ == 0 || announced_ == decoded.size, "need_more says the size of the message that comes");
      if (decoded.status == Decoded::Status::need_more) {
        require(decoded.size == 0 || decoded.size > bytes.size(), "need_more says more than there is");
        announced_ = decoded.size;
        return true;
      }
      take(bytes, decoded);
    }
    return true;
  }

  const Decoding& result() const { return result_; }

 private:
  void take(std::string_view bytes, const Decoded& decoded) {
    const Message& message = decoded.message;
    require(decoded.size > 0 && decoded.size <= bytes.size(), "a message takes bytes that are there");
    require(message.body.size() <= max_, "a message is not over max");
    result_.messages.push_back({.header = result_.taken + offset_in(bytes, message.header),
                                .header_size = message.header.size(),
                                .body = result_.taken + offset_in(bytes, message.body),
                                .body_size = message.body.size()});
    result_.taken += decoded.size;
    announced_ = 0;
  }

  std::unique_ptr<Decoder> decoder_;
  std::uint64_t max_;
  std::size_t announced_ = 0;  // by the last need_more
  Decoding result_;
};

/// Decodes the stream as it arrives in pieces of the sizes that `next_piece` gives.
template <class NextPiece>
Decoding decode(const Setup& setup, std::string_view stream, NextPiece next_piece) {
  Run run(setup);
  for (std::size_t arrived = 0; arrived < stream.size();) {
    arrived = std::min(arrived + next_piece(), stream.size());
    if (!run.advance(stream.substr(0, arrived))) break;
  }
  return run.result();
}

std::string encode(const Setup& setup, std::string_view body) {
  const auto encoder = setup.encoder();
  Buffer out;
  encoder->begin({}, body.size(), out);
  out.append(body);
  encoder->end(out.last(body.size()), out);
  return std::string(out.view());
}

/// Whether the framing has a way to carry these bytes: a text that holds its own end has none.
bool can_carry(const Setup& setup, std::string_view body) {
  if (setup.type->name == "line") return body.find('\n') == std::string_view::npos && !body.ends_with('\r');
  if (setup.type->name == "raw") {
    return !body.empty() && body.size() <= std::min(setup.options.size("read"), setup.options.size("max"));
  }
  if (setup.type->name == "delimiter")
    return body.find_first_of("\r\nab;=\0-+ENDe\xff\xfe"sv) == std::string_view::npos;
  return true;
}

/// Where strip leaves a part of the header on the message, the encoder writes the length there.
bool brings_header(const Setup& setup) { return setup.type->name == "length" && setup.options.has("strip"); }

void check_round_trip(const Setup& setup, std::string_view body, bool same_bytes) {
  std::string wire;
  try {
    wire = encode(setup, body);
  } catch (const std::length_error&) {
    return;
  }
  const ExactCopy bytes(wire);
  const auto decoder = setup.decoder();
  const Decoded decoded = decoder->decode(bytes.view());
  if (body.size() > setup.options.size("max")) {
    require(decoded.status == Decoded::Status::malformed, "what is over max is refused");
    return;
  }
  require(decoded.status == Decoded::Status::message, "what was encoded is a message");
  require(decoded.size == wire.size(), "what was encoded is one message");
  if (same_bytes) require(decoded.message.body == body, "a body comes back as it was");
}

void check_splits(const Setup& setup, std::string_view stream, std::uint8_t seed) {
  const Decoding whole = decode(setup, stream, [&] { return stream.size(); });
  if (setup.type->name == "datagram") return;
  std::uint32_t state = seed;
  const Decoding split = decode(setup, stream, [&] {
    state = state * 1664525u + 1013904223u;
    return std::size_t{1} + (state >> 24) % (1u + seed % 16u);
  });
  if (setup.type->name == "raw") {
    require(whole.taken == stream.size() && split.taken == stream.size(), "raw takes everything");
    return;
  }
  require(whole == split, "the messages do not depend on how the bytes are split");
  const bool lines = setup.type->name == "line" || setup.type->name == "delimiter";
  for (const Found& message : whole.messages) {
    const std::string_view body = stream.substr(message.body, message.body_size);
    if (!lines || can_carry(setup, body)) check_round_trip(setup, body, true);
  }
}

}  // namespace
}  // namespace netkit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace netkit::fuzz;
  Input input(data, size);
  const std::optional<Setup> setup = choose_setup(input);
  if (!setup) return 0;
  const std::uint8_t seed = input.byte();
  check_splits(*setup, input.rest(), seed);
  const bool keeps = setup->type->name == "delimiter" && setup->options.flag("keep");
  if (!keeps && can_carry(*setup, input.rest())) check_round_trip(*setup, input.rest(), !brings_header(*setup));
  return 0;
}
