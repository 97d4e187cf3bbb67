#include "fuzz/codec_run.h"

#include "fuzz/require.h"

namespace netkit::fuzz {
namespace {

/// The offset of `part` in `bytes`, which it points into.
std::size_t offset_in(std::string_view bytes, std::string_view part) {
  if (part.empty()) return 0;
  require(part.data() >= bytes.data() && part.data() + part.size() <= bytes.data() + bytes.size(),
          "a message points into the bytes given");
  return static_cast<std::size_t>(part.data() - bytes.data());
}

}  // namespace

void Decoding::clear() {
  messages.clear();
  reason.clear();
  taken = 0;
}

CodecRun::CodecRun(const CodecSetup& setup, DecodingMemory& memory)
    : decoder_(setup.decoder()), max_(setup.max), memory_(memory) {
  memory_.result.clear();
}

bool CodecRun::advance(std::string_view arrived) {
  const std::size_t begin = result().taken;
  // In other memory than before: a decoder that kept a pointer into it is found out.
  memory_.bytes[turn_].forbid();
  turn_ = 1 - turn_;
  const std::string_view bytes = memory_.bytes[turn_].put(arrived.substr(begin));
  while (result().taken < arrived.size()) {
    const Next next = step(bytes.substr(result().taken - begin));
    if (next != Next::message) return next == Next::more_bytes;
  }
  return true;
}

void CodecRun::take_packet(std::string_view packet) { step(memory_.bytes[turn_].put(packet)); }

CodecRun::Next CodecRun::step(std::string_view bytes) {
  const Decoded decoded = decoder_->decode(bytes);
  if (decoded.status == Decoded::Status::malformed) {
    require(!decoded.reason.empty(), "a refusal has a reason");
    memory_.result.reason.assign(decoded.reason);
    return Next::nothing;
  }
  require(announced_ == 0 || announced_ == decoded.size, "need_more says the size of the message that comes");
  if (decoded.status == Decoded::Status::need_more) {
    require(decoded.size == 0 || decoded.size > bytes.size(), "need_more says more than there is");
    announced_ = decoded.size;
    return Next::more_bytes;
  }
  take(bytes, decoded);
  return Next::message;
}

void CodecRun::take(std::string_view bytes, const Decoded& decoded) {
  const Message& message = decoded.message;
  require(decoded.size > 0 || bytes.empty(), "a message takes bytes");
  require(decoded.size <= bytes.size(), "a message takes only bytes that are there");
  require(message.body.size() <= max_, "a message is not over max");
  Decoding& result = memory_.result;
  result.messages.push_back({.body = result.taken + offset_in(bytes, message.body),
                             .body_size = message.body.size(),
                             .attributes = message.attributes == nullptr ? 0 : message.attributes->size()});
  result.taken += decoded.size;
  announced_ = 0;
}

}  // namespace netkit::fuzz
