#include "netkit/testing/framing_driver.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "plugin/codec_maker.h"

namespace netkit::testing {
namespace {

/// Bytes in memory of their own, nothing readable behind them.
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

/// A buffer with something in it, and with room whose bytes show where they are not overwritten.
Buffer used_buffer() {
  Buffer out;
  out.append(std::string(256, '\xee'));
  out.truncate(0);
  out.append("earlier");
  return out;
}

std::string behind_earlier(Buffer& out) {
  if (!out.view().starts_with("earlier")) throw std::logic_error("the encoder altered what was there before");
  out.consume(std::strlen("earlier"));
  return std::string(out.view());
}

std::string encode_in_steps(Encoder& encoder, std::string_view body, const Attributes& attributes) {
  Buffer out = used_buffer();
  encoder.begin(attributes, body.size(), out);
  out.append(body);
  if (encoder.has_end()) encoder.end(out.last(body.size()), out);
  return behind_earlier(out);
}

/// As a conversation may while a streamed body is on its way.
void encode_another(Encoder& encoder) {
  Buffer out;
  try {
    encoder.encode({}, "another", out);
  } catch (const std::length_error&) {  // it may have to wait for a question
    out.clear();
  }
}

Attributes attributes_of(const Message& message) {
  return message.attributes == nullptr ? Attributes() : *message.attributes;
}

/// Puts what was decoded to what was decoded before. False if nothing more is to be decoded now.
bool take(const Decoded& decoded, Decoding& decoding) {
  if (decoded.status == Decoded::Status::need_more) return false;
  if (decoded.status == Decoded::Status::malformed) {
    decoding.reason = decoded.reason;
    decoding.rest.clear();  // how much had come when it was noticed depends on the pieces
    return false;
  }
  if (decoded.size > decoding.rest.size()) throw std::logic_error("the decoder took more than there was");
  if (decoded.status == Decoded::Status::message) {
    decoding.messages.push_back({std::string(decoded.message.body), attributes_of(decoded.message)});
  }
  decoding.replies += decoded.reply;
  decoding.rest.erase(0, decoded.size);
  if (!decoded.last) return true;
  decoding.last = true;
  decoding.rest.clear();  // likewise
  return false;
}

bool is_over(const Decoding& decoding) { return decoding.last || !decoding.reason.empty(); }

}  // namespace

TestedFraming::TestedFraming(const FramingType& type, const Settings& settings) {
  // With the option that every framing has.
  const FramingType whole = framing_type([&](Registry& registry) { registry.add(type); }, type.name);
  options_ = make_options(whole.options, settings);
  const Direction both{whole, options_};
  make_ = [framing = netkit::make_framing(both, both)] { return framing.make(); };
}

std::string TestedFraming::encode(std::string_view body, const Attributes& attributes) const {
  const auto encoder = this->encoder();
  Buffer out = used_buffer();
  encoder->encode(attributes, body, out);
  std::string wire = behind_earlier(out);
  Buffer without_room;
  encoder->encode(attributes, body, without_room);
  if (without_room.view() != wire) throw std::logic_error("encode() depends on the room in the buffer");
  const bool changes_bodies = encoder->bodies() != Encoder::Bodies::as_they_are;
  if (!changes_bodies && encode_in_steps(*encoder, body, attributes) != wire) {
    throw std::logic_error("encode() does not do what begin() and end() do");
  }
  return wire;
}

std::string TestedFraming::encode_streamed(const std::vector<std::string_view>& pieces,
                                           const Attributes& attributes) const {
  const auto encoder = this->encoder();
  std::string body;
  for (const std::string_view piece : pieces) body += piece;
  Buffer out;
  if (encoder->bodies() == Encoder::Bodies::whole) {
    encoder->encode(attributes, body, out);
    return std::string(out.view());
  }
  encoder->begin(attributes, body.size(), out);
  const auto body_encoder = encoder->body_encoder();
  Buffer behind;
  if (!body_encoder) encoder->end({}, behind);
  encode_another(*encoder);
  for (const std::string_view piece : pieces) body_encoder ? body_encoder->transform(piece, out) : out.append(piece);
  if (body_encoder) body_encoder->end(behind);
  out.append(behind.view());
  return std::string(out.view());
}

std::string TestedFraming::refusal(std::uint64_t size, const Attributes& attributes) const {
  Buffer out;
  try {
    encoder()->begin(attributes, size, out);
  } catch (const std::length_error& error) {
    if (!out.empty()) throw std::logic_error("the encoder refused a body but wrote to the wire");
    return error.what();
  }
  return "";
}

std::ostream& operator<<(std::ostream& out, const Decoding& decoding) {
  for (const auto& [body, attributes] : decoding.messages) {
    for (const auto& attribute : attributes) out << attribute.name << ' ';
    out << '[' << body << ']';
  }
  return out << " reason '" << decoding.reason << "' rest " << decoding.rest.size() << " replies '" << decoding.replies
             << "'" << (decoding.last ? " last" : "");
}

Decoding bodies(const std::vector<std::string>& messages, const std::string& rest) {
  Decoding decoding;
  for (const std::string& message : messages) decoding.messages.push_back({message});
  decoding.rest = rest;
  return decoding;
}

Decoding decode_pieces(Decoder& decoder, const std::vector<std::string_view>& pieces) {
  Decoding decoding;
  for (const std::string_view piece : pieces) {
    decoding.rest.append(piece);
    while (!decoding.rest.empty()) {
      const ExactCopy bytes(decoding.rest);
      const Decoded decoded = decoder.decode(bytes.view());
      if (!take(decoded, decoding)) break;
      if (decoded.size == 0) throw std::logic_error("the decoder took nothing");
    }
    if (is_over(decoding)) break;
  }
  return decoding;
}

Decoding decode_to_end(Decoder& decoder, const std::vector<std::string_view>& pieces) {
  Decoding decoding = decode_pieces(decoder, pieces);
  if (is_over(decoding)) return decoding;
  const ExactCopy bytes(decoding.rest);
  take(decoder.end(bytes.view()), decoding);
  return decoding;
}

Step decode_once(const TestedFraming& framing, std::string_view bytes) {
  const auto decoder = framing.decoder();
  const ExactCopy copy(bytes);
  const Decoded decoded = decoder->decode(copy.view());
  return {decoded.status,
          decoded.size,
          std::string(decoded.message.body),
          attributes_of(decoded.message),
          std::string(decoded.reason),
          std::string(decoded.reply)};
}

}  // namespace netkit::testing
