// clang-format off
//
//   | 'B' | size, 1 byte | sum of the body's bytes | body |        a message
//   | 'E' |                                                       the answers to a message are complete
//
//   42 02 c3 61 62              ->  "ab"
//
// clang-format on

#include <numeric>
#include <stdexcept>

#include "framing/example_framings.h"

namespace netkit::testing {
namespace {

constexpr char kBody = 'B';
constexpr char kCallEnd = 'E';
constexpr std::size_t kHead = 3;

template <class Bytes>
char sum_of(const Bytes& bytes) {
  return static_cast<char>(std::accumulate(
      bytes.begin(), bytes.end(), 0U, [](unsigned sum, char byte) { return sum + static_cast<unsigned char>(byte); }));
}

class CheckedDecoder final : public Decoder {
 public:
  explicit CheckedDecoder(std::size_t max) : max_(max) {}

  Decoded decode(std::string_view bytes) override {
    if (bytes.empty()) return {};
    if (bytes.front() == kCallEnd) return {.status = Decoded::Status::control, .size = 1};
    if (bytes.front() != kBody) return {.status = Decoded::Status::malformed, .reason = "neither body nor end"};
    if (bytes.size() < 2) return {};
    const auto size = static_cast<unsigned char>(bytes[1]);
    if (size > max_) return {.status = Decoded::Status::malformed, .reason = "longer than max"};
    if (bytes.size() < kHead + size) return {.size = kHead + size};
    const std::string_view body = bytes.substr(kHead, size);
    if (sum_of(body) != bytes[2]) return {.status = Decoded::Status::malformed, .reason = "wrong sum"};
    return {.status = Decoded::Status::message, .size = kHead + size, .message = {.body = body}};
  }

 private:
  std::size_t max_;
};

class CheckedEncoder final : public Encoder {
 public:
  void begin(const Attributes& /*attributes*/, std::uint64_t size, Buffer& out) override {
    if (size > 255) throw std::length_error("message of " + std::to_string(size) + " bytes, at most 255 can be sent");
    out.append(kBody);
    out.append(static_cast<char>(size));
    out.append('\0');
  }
  void end(std::span<char> body, Buffer& out) override { out.last(body.size() + 1).front() = sum_of(body); }
  Bodies bodies() const noexcept override { return Bodies::whole; }

  bool ends_calls() const noexcept override { return true; }
  void end_call(Buffer& out) override { out.append(kCallEnd); }
};

}  // namespace

FramingType checked_framing() {
  return {.name = "checked",
          .help = "bodies of up to 255 bytes behind their checksum",
          .decoder = [](const Options& options) -> std::function<std::unique_ptr<Decoder>()> {
            return [max = options.size("max")] { return std::make_unique<CheckedDecoder>(max); };
          },
          .encoder = [](const Options&) -> std::function<std::unique_ptr<Encoder>()> {
            return [] { return std::make_unique<CheckedEncoder>(); };
          }};
}

void add_example_framings(Registry& registry) {
  registry.add(frames_framing());
  registry.add(slip_framing());
  registry.add(checked_framing());
  registry.add(masked_framing());
}

}  // namespace netkit::testing
