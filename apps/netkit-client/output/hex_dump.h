#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace netkit::client {

/// Formats bytes as `hexdump -C` does: offset, 16 bytes in hex, the same as text.
class HexDump {
 public:
  /// Returns the rows that are complete.
  std::string feed(std::string_view bytes);

  /// Returns the last, incomplete row. The next dump begins at offset 0.
  std::string finish();

 private:
  static constexpr std::size_t kRow = 16;

  std::string pending_;
  std::uint64_t offset_ = 0;
};

}  // namespace netkit::client
