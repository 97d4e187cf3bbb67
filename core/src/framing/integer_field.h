#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "netkit/options.h"

namespace netkit {

/// An unsigned integer of 1 to 8 bytes on the wire.
class IntegerField {
 public:
  IntegerField(std::size_t bytes, bool big_endian)
      : bytes_(static_cast<std::uint8_t>(bytes)),
        unused_bits_(static_cast<std::uint8_t>(64 - 8 * bytes)),
        big_(big_endian) {}

  /// Reads the options `bytes` and `endian`.
  explicit IntegerField(const Options& options)
      : IntegerField(static_cast<std::size_t>(options.integer("bytes")), options.text("endian") == "big") {}

  static OptionSpec bytes_option() {
    return {.name = "bytes",
            .type = OptionType::integer,
            .fallback = "4",
            .help = "bytes of the length field",
            .least = 1,
            .most = 8};
  }
  static OptionSpec endian_option() {
    return {.name = "endian",
            .type = OptionType::choice,
            .fallback = "big",
            .help = "byte order of the length field",
            .choices = {"big", "little"}};
  }

  std::size_t bytes() const { return bytes_; }
  std::uint64_t largest() const { return ~std::uint64_t{0} >> unused_bits_; }

  /// Returns the field at `bytes[at]`, which must be complete.
  std::uint64_t read(std::string_view bytes, std::size_t at) const {
    if (bytes.size() - at >= sizeof(std::uint64_t)) [[likely]]
      return read_word(bytes.data() + at);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes_; ++i) {
      value = value << 8 | static_cast<std::uint8_t>(bytes[at + (big_ ? i : bytes_ - 1 - i)]);
    }
    return value;
  }

  /// Writes `value`, at most largest(), to the bytes() bytes at `to`.
  void write(std::uint64_t value, char* to) const {
    if (bytes_ == sizeof(std::uint32_t)) {
      write_four(static_cast<std::uint32_t>(value), to);
      return;
    }
    for (std::size_t i = 0; i < bytes_; ++i) {
      to[big_ ? bytes_ - 1 - i : i] = static_cast<char>(value);
      value >>= 8;
    }
  }

 private:
  /// The most common size, in one store.
  void write_four(std::uint32_t value, char* to) const {
    if (big_ != (std::endian::native == std::endian::big)) value = __builtin_bswap32(value);
    std::memcpy(to, &value, sizeof value);
  }

  /// One load instead of a loop; needs eight bytes in the buffer from the start of the field.
  std::uint64_t read_word(const char* from) const {
    std::uint64_t word = 0;
    std::memcpy(&word, from, sizeof word);
    if (big_ != (std::endian::native == std::endian::big)) word = __builtin_bswap64(word);
    return big_ ? word >> unused_bits_ : word << unused_bits_ >> unused_bits_;
  }

  std::uint8_t bytes_;
  std::uint8_t unused_bits_;  // bits of a 64-bit word that the field does not use
  bool big_;
};

}  // namespace netkit
