#include "framing/length_layout.h"

#include <algorithm>
#include <stdexcept>

namespace netkit {
namespace {

constexpr std::int64_t kFarthest = 65535;                       // bytes into the frame
constexpr std::int64_t kLargestAdjust = std::int64_t{1} << 32;  // far from any overflow
constexpr std::uint64_t kLargestSent = std::uint64_t{1} << 62;  // fits 8 bytes; likewise

}  // namespace

std::vector<OptionSpec> LengthLayout::specs() {
  return {IntegerField::bytes_option(),
          IntegerField::endian_option(),
          {.name = "offset",
           .type = OptionType::integer,
           .fallback = "0",
           .help = "bytes before the length field",
           .most = kFarthest},
          {.name = "adjust",
           .type = OptionType::integer,
           .fallback = "0",
           .help = "added to the field's value to give the size it stands for",
           .least = -kLargestAdjust,
           .most = kLargestAdjust},
          {.name = "strip",
           .type = OptionType::integer,
           .help = "bytes of the frame that are not part of the message; unset: offset + bytes",
           .most = kFarthest + 8},
          {.name = "includes_header",
           .type = OptionType::flag,
           .fallback = "false",
           .help = "the field counts itself and what is before it"},
          {.name = "signed",
           .type = OptionType::flag,
           .fallback = "false",
           .help = "the field has a sign; negative lengths are refused"}};
}

LengthLayout::LengthLayout(const Options& options)
    : field_(options),
      signed_(options.flag("signed")),
      offset_(static_cast<std::size_t>(options.integer("offset"))),
      header_(offset_ + field_.bytes()),
      strip_(options.has("strip") ? static_cast<std::size_t>(options.integer("strip")) : header_),
      shift_(options.integer("adjust") + static_cast<std::int64_t>(options.flag("includes_header") ? 0 : header())) {
  limit_received(static_cast<std::int64_t>(options.size("max")));
  limit_sent();
}

void LengthLayout::limit_received(std::int64_t max) {
  const std::int64_t smallest_frame = this->smallest_frame();
  const std::int64_t largest_frame = static_cast<std::int64_t>(strip_) + max;
  if (largest_frame < smallest_frame) {
    throw OptionError("max", "max is " + std::to_string(max) + ", but a message has at least the " +
                                 std::to_string(smallest_frame - static_cast<std::int64_t>(strip_)) +
                                 " bytes of header that strip leaves on it");
  }
  least_ = static_cast<std::uint64_t>(std::max<std::int64_t>(smallest_frame - shift_, 0));
  if (largest_frame < shift_ || least_ > largest_value()) {
    throw OptionError("adjust", "no length field fits: a frame is the field's value" +
                                    std::string(shift_ < 0 ? " - " : " + ") + std::to_string(std::abs(shift_)) +
                                    ", and has to have " + std::to_string(smallest_frame) + " to " +
                                    std::to_string(largest_frame) + " bytes");
  }
  range_ = std::min(static_cast<std::uint64_t>(largest_frame - shift_), largest_value()) - least_;
}

void LengthLayout::limit_sent() {
  const std::int64_t uncounted = shift_ - static_cast<std::int64_t>(strip_);  // message size minus the field's value
  smallest_sent_ =
      static_cast<std::uint64_t>(std::max(smallest_frame() - static_cast<std::int64_t>(strip_), uncounted));
  sent_range_ = std::min(largest_value(), kLargestSent) + static_cast<std::uint64_t>(uncounted) - smallest_sent_;
}

std::string LengthLayout::why_refused(std::uint64_t value) const {
  if (value > largest_value()) {
    const std::uint64_t sign_bits = ~field_.largest();
    return "negative length " + std::to_string(static_cast<std::int64_t>(value | sign_bits));
  }
  const std::string field = "length field " + std::to_string(value);
  if (value > least_ + range_) {
    return field + " makes a message of more than the " +
           std::to_string(least_ + range_ + static_cast<std::uint64_t>(shift_) - strip_) + " bytes allowed";
  }
  return field + " makes a frame of " + std::to_string(static_cast<std::int64_t>(value) + shift_) +
         " bytes, less than the " + std::to_string(smallest_frame()) + " it begins with";
}

void LengthLayout::refuse_to_send(std::uint64_t size) const {
  throw std::length_error("message of " + std::to_string(size) + " bytes, the length field carries messages of " +
                          std::to_string(smallest_sent_) + " to " + std::to_string(smallest_sent_ + sent_range_));
}

}  // namespace netkit
