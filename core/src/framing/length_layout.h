#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "framing/integer_field.h"
#include "netkit/options.h"

namespace netkit {

/// Where the length field of a frame stands, what it counts, and which values it may have. See length.cpp for a
/// picture. Immutable.
class LengthLayout {
 public:
  /// Throws OptionError if no message could ever be carried.
  explicit LengthLayout(const Options& options);
  static std::vector<OptionSpec> specs();

  const IntegerField& field() const { return field_; }
  std::size_t offset() const { return offset_; }
  std::size_t header() const { return header_; }
  std::size_t strip() const { return strip_; }

  /// Whether a frame with that field is one to take: not negative, not shorter than header and strip, its message not
  /// longer than max.
  bool accepts(std::uint64_t value) const { return value - least_ <= range_; }
  /// The frame's size for a value that accepts().
  std::size_t frame_of(std::uint64_t value) const { return value + static_cast<std::uint64_t>(shift_); }
  /// What is wrong with a value that does not accepts().
  std::string why_refused(std::uint64_t value) const;

  /// The field's value for a message of `size` bytes, whatever max says: that is for what is received. Throws
  /// std::length_error if the field cannot hold it or the message has no room for its part of the header.
  std::uint64_t value_for(std::uint64_t size) const {
    if (size - smallest_sent_ > sent_range_) [[unlikely]]
      refuse_to_send(size);
    return size + strip_ - static_cast<std::uint64_t>(shift_);
  }

 private:
  void limit_received(std::int64_t max);
  void limit_sent();
  [[noreturn]] void refuse_to_send(std::uint64_t size) const;
  std::int64_t smallest_frame() const { return static_cast<std::int64_t>(header() > strip_ ? header() : strip_); }
  std::uint64_t largest_value() const { return signed_ ? field_.largest() / 2 : field_.largest(); }

  IntegerField field_;
  bool signed_;
  std::size_t offset_;
  std::size_t header_;
  std::size_t strip_;
  std::int64_t shift_;               // size of the frame less the field's value
  std::uint64_t least_ = 0;          // of the values that accepts()
  std::uint64_t range_ = 0;          // so much larger is the largest
  std::uint64_t smallest_sent_ = 0;  // of the sizes of messages that value_for() takes
  std::uint64_t sent_range_ = 0;     // likewise
};

}  // namespace netkit
