// clang-format off
//
//   |<---------------------------- frame ----------------------------->|
//   | offset bytes | length field, `bytes` bytes | body ...            |
//   |<--------------- header ------------------->|
//   |<-------- strip -------->|<-------------- message --------------->|
//
//   frame = field value + adjust + (includes_header ? 0 : header)
//
//   00 00 00 05 68 65 6c 6c 6f              ->  "hello"                        (defaults: strip is the header)
//   00 07 68 65 6c 6c 6f                    ->  00 07 68 65 6c 6c 6f           (bytes 2, includes_header, strip 0)
//
// clang-format on

#include "framing/length_layout.h"

#include <algorithm>

#include "framing/builtin.h"
#include "framing/codec_support.h"

namespace netkit {
namespace {

class LengthDecoder final : public FramingDecoder {
 public:
  explicit LengthDecoder(const LengthLayout& layout) : layout_(layout) {}

  Decoded decode(std::string_view bytes) override {
    if (bytes.size() < layout_.header()) return need_more();
    const std::uint64_t value = layout_.field().read(bytes, layout_.offset());
    if (!layout_.accepts(value)) [[unlikely]]
      return refused(why_not(value));
    const std::size_t frame = layout_.frame_of(value);
    if (bytes.size() < frame) return need_more(frame);
    return complete(frame, {bytes.data() + layout_.strip(), frame - layout_.strip()});
  }

 private:
  [[gnu::cold, gnu::noinline]] std::string_view why_not(std::uint64_t value) {
    return keep(layout_.why_refused(value));
  }

  LengthLayout layout_;
};

/// Writes the `strip` bytes before the message: zeros, except for the length field. If strip cuts the field, the rest
/// of the field is part of the message (the decoder leaves it there too), and the encoder overwrites it in place. It
/// cannot do so in a streamed message, which must bring that part of the field itself.
class LengthEncoder final : public Encoder {
 public:
  explicit LengthEncoder(const LengthLayout& layout)
      : layout_(layout),
        plain_(layout.offset() == 0 && layout.strip() == layout.header()),
        part_in_body_(layout.strip() < layout.header()) {}

  void begin(const Attributes& /*attributes*/, std::uint64_t size, Buffer& out) override {
    if (!plain_ || out.room() < layout_.header()) [[unlikely]] {
      write_prefix(size, out);
      return;
    }
    const std::uint64_t value = layout_.value_for(size);
    layout_.field().write(value, out.grow(layout_.header()).data());
  }

  void end(std::span<char> body, Buffer& /*out*/) override {
    if (!part_in_body_ || body.empty()) return;
    place(layout_.value_for(body.size()), layout_.strip(), body);
  }

  bool has_end() const noexcept override { return part_in_body_; }

  void encode(const Attributes& attributes, std::string_view body, Buffer& out) override {
    const std::size_t size = layout_.header() + body.size();
    if (!plain_ || out.room() < size) [[unlikely]] {
      Encoder::encode(attributes, body, out);
      return;
    }
    const std::uint64_t value = layout_.value_for(body.size());
    char* frame = out.grow(size).data();
    layout_.field().write(value, frame);
    std::copy(body.begin(), body.end(), frame + layout_.header());
  }

 private:
  /// Writes a prefix of any layout. A function of its own, so that the common case stays small.
  [[gnu::noinline]] void write_prefix(std::uint64_t size, Buffer& out) {
    const std::uint64_t value = layout_.value_for(size);
    const std::span<char> prefix = out.grow(layout_.strip());
    if (part_in_body_) {
      std::fill(prefix.begin(), prefix.end(), '\0');
      place(value, 0, prefix);
    } else {
      std::fill_n(prefix.begin(), layout_.offset(), '\0');
      layout_.field().write(value, prefix.data() + layout_.offset());
      std::fill(prefix.begin() + static_cast<std::ptrdiff_t>(layout_.header()), prefix.end(), '\0');
    }
  }

  /// Writes the bytes of the field that lie in `part`, which starts `at` bytes into the frame.
  void place(std::uint64_t value, std::size_t at, std::span<char> part) {
    char field[sizeof value];
    layout_.field().write(value, field);
    for (std::size_t i = 0; i < layout_.field().bytes(); ++i) {
      const std::size_t position = layout_.offset() + i;
      if (position >= at && position - at < part.size()) part[position - at] = field[i];
    }
  }

  LengthLayout layout_;
  bool plain_;         // the prefix is the field and nothing else
  bool part_in_body_;  // strip cuts the field
};

}  // namespace

FramingType length_framing() {
  return {.name = "length",
          .help = "a length field, then the body",
          .options = LengthLayout::specs(),
          .decoder = [](const Options& options) { return make_each<LengthDecoder>(LengthLayout(options)); },
          .encoder = [](const Options& options) { return make_each<LengthEncoder>(LengthLayout(options)); }};
}

}  // namespace netkit
