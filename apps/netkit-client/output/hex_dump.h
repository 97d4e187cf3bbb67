#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace netkit::client {

/// Turns bytes into the rows of `hexdump -C`: offset, 16 bytes in hex, the same as text.
class HexDump {
 public:
  /// The rows that are full now.
  std::string feed(std::string_view bytes);

  /// The last row, if it is not full. The next dump begins at offset 0.
  std::string finish();

 private:
  static constexpr std::size_t kRow = 16;

  std::string pending_;
  std::uint64_t offset_ = 0;
};

}  // namespace netkit::client
