// clang-format off
//
//   | header length, `bytes` bytes | JSON header | body, header's `size` bytes |
//
//   00 00 00 2b                             43 bytes of header follow
//   {"filename": null, "hash": null, "size": 5}
//   68 65 6c 6c 6f                          ->  "hello"
//
// clang-format on

#include "framing/json_header.h"

#include <algorithm>
#include <stdexcept>

#include "framing/builtin.h"
#include "framing/codec_support.h"
#include "framing/json_object.h"

namespace netkit {

JsonHeaderReader::JsonHeaderReader(const Options& options) : field_(options), max_header_(options.size("max_header")) {}

JsonHeaderReader::Front JsonHeaderReader::read(std::string_view bytes) {
  const std::size_t prefix = field_.bytes();
  if (front_size_ == 0) {
    if (bytes.size() < prefix) return {};
    const std::uint64_t length = field_.read(bytes, 0);
    if (length > max_header_) {
      return malformed("header of " + std::to_string(length) + " bytes, at most " + std::to_string(max_header_) +
                       " are allowed");
    }
    if (bytes.size() - prefix < length) return {};
    HeaderSize header = read_header(bytes.substr(prefix, length), attributes_);
    if (!header.error.empty()) return malformed(std::move(header.error));
    front_size_ = prefix + length;
    body_ = header.body;
  }
  return {.status = Decoded::Status::message,
          .size = front_size_,
          .header = bytes.substr(prefix, front_size_ - prefix),
          .body = body_};
}

JsonHeaderReader::Front JsonHeaderReader::malformed(std::string reason) {
  reason_ = std::move(reason);
  return {.status = Decoded::Status::malformed, .reason = reason_};
}

namespace {

class JsonHeaderDecoder final : public FramingDecoder {
 public:
  JsonHeaderDecoder(const JsonHeaderReader& reader, std::size_t max) : reader_(reader), max_(max) {}

  Decoded decode(std::string_view bytes) override {
    const JsonHeaderReader::Front front = reader_.read(bytes);
    if (front.status == Decoded::Status::need_more) return need_more();
    if (front.status == Decoded::Status::malformed) return malformed(std::string(front.reason));
    if (front.body > max_) {
      return malformed("body of " + std::to_string(front.body) + " bytes, at most " + std::to_string(max_) +
                       " are allowed");
    }
    const std::size_t total = front.size + front.body;
    if (bytes.size() < total) return need_more(total);
    reader_.next();
    return complete(total, bytes.substr(front.size, front.body), &reader_.attributes());
  }

 private:
  JsonHeaderReader reader_;
  std::size_t max_;
};

class JsonHeaderEncoder final : public Encoder {
 public:
  JsonHeaderEncoder(IntegerField field, std::uint64_t max_header)
      : field_(field), largest_(std::min(max_header, field.largest())) {}

  void begin(const Attributes& attributes, std::uint64_t size, Buffer& out) override {
    const std::string text = format_header(attributes, size);
    if (text.size() > largest_) {
      throw std::length_error("header of " + std::to_string(text.size()) + " bytes, at most " +
                              std::to_string(largest_) + " are allowed");
    }
    out.reserve(field_.bytes() + text.size());
    field_.write(text.size(), out.grow(field_.bytes()).data());
    out.append(text);
  }
  void end(std::span<char> /*body*/, Buffer& /*out*/) override {}
  bool has_end() const noexcept override { return false; }

 private:
  IntegerField field_;
  std::uint64_t largest_;
};

}  // namespace

FramingType json_header_framing() {
  return {.name = "json-header",
          .help = "a length field, a JSON header of that length, then a body of the header's size",
          .options = {IntegerField::bytes_option(),
                      IntegerField::endian_option(),
                      {.name = "max_header",
                       .type = OptionType::size,
                       .fallback = "16KiB",
                       .help = "longest JSON header accepted",
                       .least = 1,
                       .most = std::int64_t{16} << 20}},
          .decoder =
              [](const Options& options) {
                return make_each<JsonHeaderDecoder>(JsonHeaderReader(options), options.size("max"));
              },
          .encoder =
              [](const Options& options) {
                return make_each<JsonHeaderEncoder>(IntegerField(options), options.size("max_header"));
              }};
}

}  // namespace netkit
