#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "framing/integer_field.h"
#include "netkit/options.h"

namespace netkit {

/// Describes the length field of a frame: its position, what it counts, which values are valid. length.cpp has a
/// picture. Immutable.
class LengthLayout {
 public:
  /// Throws OptionError if no message can ever be valid.
  explicit LengthLayout(const Options& options);
  static std::vector<OptionSpec> specs();

  const IntegerField& field() const { return field_; }
  std::size_t offset() const { return offset_; }
  std::size_t header() const { return header_; }
  std::size_t strip() const { return strip_; }

  /// True if a received field is valid: it is not negative, the frame holds at least header and strip, and the message
  /// is not longer than max.
  bool accepts(std::uint64_t value) const { return value - least_ <= range_; }
  /// Returns the size of the frame for a value that accepts() allows.
  std::size_t frame_of(std::uint64_t value) const { return value + static_cast<std::uint64_t>(shift_); }
  /// Says what is wrong with a value that accepts() rejects.
  std::string why_refused(std::uint64_t value) const;

  /// Returns the field's value for an outgoing message of `size` bytes. Does not check max, which limits received
  /// messages only. Throws std::length_error if the field cannot hold the value, or if the message is too short to hold
  /// its part of the header.
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
  std::int64_t shift_;               // size of the frame minus the field's value
  std::uint64_t least_ = 0;          // smallest value that accepts() allows
  std::uint64_t range_ = 0;          // largest such value minus least_
  std::uint64_t smallest_sent_ = 0;  // smallest message that value_for() takes
  std::uint64_t sent_range_ = 0;     // largest such message minus smallest_sent_
};

}  // namespace netkit
