#include "fuzz/codec_run.h"

#include "fuzz/require.h"

namespace netkit::fuzz {
namespace {

/// Two texts are the same if the attributes are.
void append_text(const Attributes& attributes, std::string& out) {
  for (const auto& [name, value] : attributes) {
    out.append(name).append(1, '=').append(1, static_cast<char>('0' + value.index()));
    if (const auto* text = std::get_if<std::string>(&value)) out += *text;
    if (const auto* number = std::get_if<std::int64_t>(&value)) out += std::to_string(*number);
    if (const auto* number = std::get_if<double>(&value)) out += std::to_string(*number);
    if (const auto* flag = std::get_if<bool>(&value)) out += *flag ? '1' : '0';
    out += '\n';
  }
}

}  // namespace

void Decoding::clear() {
  messages.clear();
  bytes.clear();
  replies.clear();
  reason.clear();
  taken = 0;
  last = false;
}

CodecRun::CodecRun(const CodecSetup& setup, DecodingMemory& memory)
    : decoder_(setup.codec().decoder), max_(setup.max), memory_(memory) {
  memory_.result.clear();
}

bool CodecRun::advance(std::string_view arrived) {
  const std::size_t begin = result().taken;
  const std::string_view bytes = moved(arrived.substr(begin));
  while (result().taken < arrived.size()) {
    const Next next = step(bytes.substr(result().taken - begin));
    if (next != Next::frame) return next == Next::more_bytes;
  }
  return true;
}

void CodecRun::end(std::string_view arrived) {
  const std::string_view rest = moved(arrived.substr(result().taken));
  const Decoded decoded = decoder_->end(rest);
  if (decoded.status == Decoded::Status::need_more) return;
  if (decoded.status == Decoded::Status::malformed) {
    refuse(decoded);
  } else {
    take(rest, decoded);
  }
}

void CodecRun::take_packet(std::string_view packet) { step(memory_.bytes[turn_].put(packet)); }

/// The bytes in other memory than before: a decoder that kept a pointer into it is found out.
std::string_view CodecRun::moved(std::string_view bytes) {
  memory_.bytes[turn_].forbid();
  turn_ = 1 - turn_;
  return memory_.bytes[turn_].put(bytes);
}

CodecRun::Next CodecRun::step(std::string_view bytes) {
  const Decoded decoded = decoder_->decode(bytes);
  if (decoded.status == Decoded::Status::malformed) return refuse(decoded);
  require(announced_ == 0 || announced_ == decoded.size, "need_more says the size of what comes");
  if (decoded.status == Decoded::Status::need_more) {
    require(decoded.size == 0 || decoded.size > bytes.size(), "need_more says more than there is");
    announced_ = decoded.size;
    return Next::more_bytes;
  }
  return take(bytes, decoded);
}

CodecRun::Next CodecRun::refuse(const Decoded& decoded) {
  require(!decoded.reason.empty(), "a refusal has a reason");
  memory_.result.reason.assign(decoded.reason);
  return Next::nothing;
}

CodecRun::Next CodecRun::take(std::string_view bytes, const Decoded& decoded) {
  require(decoded.size > 0 || bytes.empty(), "a message takes bytes");
  require(decoded.size <= bytes.size(), "a message takes only bytes that are there");
  Decoding& result = memory_.result;
  if (decoded.status == Decoded::Status::message) keep(decoded.message);
  result.replies += decoded.reply;
  result.taken += decoded.size;
  result.last = decoded.last;
  announced_ = 0;
  return decoded.last ? Next::nothing : Next::frame;
}

void CodecRun::keep(const Message& message) {
  require(message.body.size() <= max_, "a message is not over max");
  Decoding& result = memory_.result;
  Found found{.attributes = result.bytes.size()};
  if (message.attributes != nullptr) append_text(*message.attributes, result.bytes);
  found.body = result.bytes.size();
  found.body_size = message.body.size();
  result.bytes += message.body;
  result.messages.push_back(found);
}

}  // namespace netkit::fuzz
