#include "framing/driver.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "config/values/option_value.h"
#include "framing/builtin.h"
#include "plugin/registry.h"

namespace netkit::testing {
namespace {

const FramingType& builtin(const std::string& name) {
  static const auto registry = [] {
    auto made = std::make_unique<TypeRegistry>();
    add_builtin_framings(*made);
    return made;
  }();
  const FramingType* type = registry->framing(name);
  if (type == nullptr) throw std::invalid_argument("no framing " + name);
  return *type;
}

const OptionSpec& spec_of(const FramingType& type, const std::string& name) {
  for (const OptionSpec& spec : type.options) {
    if (spec.name == name) return spec;
  }
  throw std::invalid_argument(type.name + " has no option " + name);
}

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

/// The same message by encode(), into a buffer without room and into one with it.
void check_in_one_call(Encoder& encoder, std::string_view body, const Header& header, std::string_view expected) {
  Buffer out;
  for (int time = 0; time < 2; ++time) {
    out.clear();
    encoder.encode(header, body, out);
    if (out.view() != expected) throw std::logic_error("encode() does not do what begin() and end() do");
  }
}

}  // namespace

Framing::Framing(const std::string& name, const Settings& settings) {
  const FramingType& type = builtin(name);
  for (const auto& [option, text] : settings) options_.set(option, parse_option(spec_of(type, option), text));
  fill_defaults(type.options, options_);
  decoder_ = type.decoder(options_);
  encoder_ = type.encoder(options_);
}

std::string Framing::encode(std::string_view body, const Header& header) const {
  const auto encoder = this->encoder();
  Buffer out;
  out.append(std::string(256, '\xee'));  // so that bytes the encoder does not write show
  out.truncate(0);
  out.append("earlier");
  encoder->begin(header, body.size(), out);
  out.append(body);
  if (encoder->has_end()) encoder->end(out.last(body.size()), out);
  if (!out.view().starts_with("earlier")) throw std::logic_error("the encoder altered what was there before");
  out.consume(std::strlen("earlier"));
  check_in_one_call(*encoder, body, header, out.view());
  return std::string(out.view());
}

std::string Framing::encode_streamed(std::string_view body, const Header& header) const {
  const auto encoder = this->encoder();
  Buffer before;
  encoder->begin(header, body.size(), before);
  Buffer behind;
  encoder->end({}, behind);
  return std::string(before.view()).append(body).append(behind.view());
}

std::string Framing::refusal(std::uint64_t size, const Header& header) const {
  Buffer out;
  try {
    encoder()->begin(header, size, out);
  } catch (const std::length_error& error) {
    if (!out.empty()) throw std::logic_error("the encoder refused a body but wrote to the wire");
    return error.what();
  }
  return "";
}

std::string option_error(const std::string& name, const Settings& settings) {
  try {
    Framing framing(name, settings);
  } catch (const OptionError& error) {
    return error.option() + ": " + error.what();
  }
  return "";
}

std::ostream& operator<<(std::ostream& out, const Decoding& decoding) {
  for (const auto& [header, body] : decoding.messages) out << header << '[' << body << ']';
  return out << " reason '" << decoding.reason << "' rest " << decoding.rest.size();
}

Decoding bodies(const std::vector<std::string>& messages, const std::string& rest) {
  Decoding decoding;
  for (const std::string& message : messages) decoding.messages.emplace_back("", message);
  decoding.rest = rest;
  return decoding;
}

Decoding decode_pieces(Decoder& decoder, const std::vector<std::string_view>& pieces) {
  Decoding decoding;
  for (const std::string_view piece : pieces) {
    decoding.rest.append(piece);
    while (!decoding.rest.empty() && decoding.reason.empty()) {
      const ExactCopy bytes(decoding.rest);
      const Decoded decoded = decoder.decode(bytes.view());
      if (decoded.status == Decoded::Status::need_more) break;
      if (decoded.status == Decoded::Status::malformed) {
        decoding.reason = decoded.reason;
        decoding.rest.clear();  // how much had come when it was noticed depends on the pieces
        return decoding;
      }
      if (decoded.size > bytes.view().size()) throw std::logic_error("the decoder took more than there was");
      decoding.messages.emplace_back(decoded.message.header, decoded.message.body);
      decoding.rest.erase(0, decoded.size);
    }
  }
  return decoding;
}

Step decode_once(const Framing& framing, std::string_view bytes) {
  const auto decoder = framing.decoder();
  const ExactCopy copy(bytes);
  const Decoded decoded = decoder->decode(copy.view());
  return {decoded.status, decoded.size, std::string(decoded.message.body), std::string(decoded.message.header),
          std::string(decoded.reason)};
}

}  // namespace netkit::testing
