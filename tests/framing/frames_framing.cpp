// clang-format off
//
//   | fin, kind | masked, size (1, 3 or 9 bytes) | mask, 4 bytes if masked | payload |
//                                             as WebSocket's frames, https://www.rfc-editor.org/rfc/rfc6455#section-5.2
//   81 02 68 69                              ->  "hi", text
//   82 82 01 02 03 04 69 6b                  ->  "hi", binary, masked
//   02 01 68   80 01 69                      ->  "hi" in two fragments
//   89 01 70                                 a ping, answered by 8a 01 70
//
// clang-format on

#include "framing/example_framings.h"

namespace netkit::testing {
namespace {

enum Kind : std::uint8_t { continuation = 0, text = 1, binary = 2, closing = 8, ping = 9, pong = 10 };

constexpr std::uint8_t kFin = 0x80;
constexpr std::uint8_t kKindBits = 0x0f;
constexpr std::uint8_t kMasked = 0x80;
constexpr std::size_t kMask = 4;
constexpr std::size_t kMostOfControl = 125;

/// What the two halves share.
struct Talk {
  std::uint8_t kind = binary;  ///< Of the last message that came: answers are of the same.
};

void append_number(std::uint64_t number, int bytes, Buffer& out) {
  while (bytes-- > 0) out.append(static_cast<char>(number >> (8 * bytes)));
}

void append_head(std::uint8_t kind, std::uint64_t size, Buffer& out) {
  out.append(static_cast<char>(kFin | kind));
  if (size <= kMostOfControl) {
    append_number(size, 1, out);
  } else if (size <= 0xffff) {
    append_number(126, 1, out);
    append_number(size, 2, out);
  } else {
    append_number(127, 1, out);
    append_number(size, 8, out);
  }
}

/// What stands before a payload.
struct Head {
  std::uint8_t kind = 0;
  bool fin = false;
  std::string_view mask{};
  std::uint64_t payload = 0;
  std::size_t size = 0;  ///< Its own; 0: not all there.

  bool is_control() const { return kind >= closing; }
};

std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < count; ++i) number = number << 8 | static_cast<std::uint8_t>(bytes[at + i]);
  return number;
}

Head read_head(std::string_view bytes) {
  if (bytes.size() < 2) return {};
  const auto first = static_cast<std::uint8_t>(bytes[0]);
  const auto second = static_cast<std::uint8_t>(bytes[1]);
  Head head{.kind = static_cast<std::uint8_t>(first & kKindBits), .fin = (first & kFin) != 0};
  head.payload = second & ~kMasked;
  const std::size_t longer = head.payload == 126 ? 2 : head.payload == 127 ? 8 : 0;
  const std::size_t size = 2 + longer + ((second & kMasked) != 0 ? kMask : 0);
  if (bytes.size() < size) return {};
  if (longer > 0) head.payload = number_at(bytes, 2, longer);
  head.mask = bytes.substr(2 + longer, size - 2 - longer);
  head.size = size;
  return head;
}

class FramesDecoder final : public Decoder {
 public:
  FramesDecoder(std::size_t max, std::shared_ptr<Talk> talk) : max_(max), talk_(std::move(talk)) {}

  Decoded decode(std::string_view bytes) override {
    if (complete_) body_.clear();
    complete_ = false;
    const Head head = read_head(bytes);
    if (head.size == 0) return {};
    if (const std::string_view reason = why_refused(head); !reason.empty()) {
      return {.status = Decoded::Status::malformed, .reason = reason};
    }
    const std::size_t total = head.size + head.payload;
    if (bytes.size() < total) return {.size = total};
    const std::string_view payload = bytes.substr(head.size, head.payload);
    return head.is_control() ? take_control(head, payload, total) : take_data(head, payload, total);
  }

 private:
  std::string_view why_refused(const Head& head) const {
    if (head.is_control()) {
      if (head.kind > pong) return "unknown kind of frame";
      return head.fin && head.payload <= kMostOfControl ? "" : "control frame too long or in fragments";
    }
    if (head.kind > binary) return "unknown kind of frame";
    if (head.kind == continuation && !open_) return "fragment of no message";
    if (head.kind != continuation && open_) return "message inside another";
    return head.payload > max_ - body_.size() ? "longer than max" : "";
  }

  Decoded take_control(const Head& head, std::string_view payload, std::size_t total) {
    reply_.clear();
    if (head.kind != pong) {
      append_head(head.kind == ping ? pong : closing, payload.size(), reply_);
      append_unmasked(head.mask, payload, reply_);
    }
    return {.status = Decoded::Status::control, .last = head.kind == closing, .size = total, .reply = reply_.view()};
  }

  /// A fragment stays here until its message is complete.
  Decoded take_data(const Head& head, std::string_view payload, std::size_t total) {
    append_unmasked(head.mask, payload, body_);
    if (head.kind != continuation) kind_ = head.kind;
    open_ = !head.fin;
    if (open_) return {.status = Decoded::Status::control, .size = total};
    complete_ = true;
    talk_->kind = kind_;
    return {.status = Decoded::Status::message, .size = total, .message = {.body = body_.view()}};
  }

  static void append_unmasked(std::string_view mask, std::string_view payload, Buffer& out) {
    const std::span<char> bytes = out.grow(payload.size());
    for (std::size_t i = 0; i < payload.size(); ++i) {
      bytes[i] = mask.empty() ? payload[i] : static_cast<char>(payload[i] ^ mask[i % kMask]);
    }
  }

  std::size_t max_;
  std::shared_ptr<Talk> talk_;
  Buffer body_;            // what there is of a message
  bool open_ = false;      // more fragments of it come
  bool complete_ = false;  // it was handed out
  std::uint8_t kind_ = binary;
  Buffer reply_;
};

class FramesEncoder final : public Encoder {
 public:
  explicit FramesEncoder(std::shared_ptr<const Talk> talk) : talk_(std::move(talk)) {}

  void begin(const Attributes& /*attributes*/, std::uint64_t size, Buffer& out) override {
    append_head(talk_->kind, size, out);
  }
  void end(std::span<char> /*body*/, Buffer& /*out*/) override {}
  bool has_end() const noexcept override { return false; }

 private:
  std::shared_ptr<const Talk> talk_;
};

}  // namespace

FramingType frames_framing() {
  return {.name = "frames",
          .help = "frames as those of WebSocket",
          .codec = [](const Options& options) -> std::function<Codec()> {
            return [max = options.size("max")] {
              const auto talk = std::make_shared<Talk>();
              return Codec{std::make_unique<FramesDecoder>(max, talk), std::make_unique<FramesEncoder>(talk)};
            };
          }};
}

}  // namespace netkit::testing
