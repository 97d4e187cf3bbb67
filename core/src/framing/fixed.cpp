// clang-format off
//
//   | `size` bytes |
//
//   61 62 63 64 65 66           ->  "abc" "def"          (size 3)
//
// clang-format on

#include <stdexcept>

#include "framing/builtin.h"
#include "framing/codec_support.h"

namespace netkit {
namespace {

class FixedDecoder final : public Decoder {
 public:
  explicit FixedDecoder(std::size_t size) : size_(size) {}

  Decoded decode(std::string_view bytes) override {
    if (bytes.size() < size_) return need_more(size_);
    return complete(size_, bytes.substr(0, size_));
  }

 private:
  std::size_t size_;
};

class FixedEncoder final : public Encoder {
 public:
  explicit FixedEncoder(std::size_t size) : size_(size) {}

  void begin(const Attributes& /*attributes*/, std::uint64_t size, Buffer& /*out*/) override {
    if (size == size_) return;
    throw std::length_error("message of " + std::to_string(size) + " bytes, the framing carries messages of exactly " +
                            std::to_string(size_));
  }
  void end(std::span<char> /*body*/, Buffer& /*out*/) override {}
  bool has_end() const noexcept override { return false; }

 private:
  std::size_t size_;
};

std::size_t read_size(const Options& options) {
  const std::uint64_t size = options.size("size");
  const std::uint64_t max = options.size("max");
  if (size > max) {
    throw OptionError("size",
                      "size is " + std::to_string(size) + ", more than max allows (" + std::to_string(max) + ")");
  }
  return size;
}

}  // namespace

FramingType fixed_framing() {
  return {
      .name = "fixed",
      .help = "every message has the same size",
      .options =
          {{.name = "size", .type = OptionType::size, .help = "bytes of every message", .required = true, .least = 1}},
      .decoder = [](const Options& options) { return make_each<FixedDecoder>(read_size(options)); },
      .encoder = [](const Options& options) { return make_each<FixedEncoder>(read_size(options)); }};
}

}  // namespace netkit
