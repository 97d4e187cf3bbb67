#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>

namespace netkit {

/// An IPv4 or IPv6 address as 16 bytes: IPv4 in its mapped form ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2), so that an
/// IPv4 peer of an IPv6 socket is the same address as one of an IPv4 socket.
class IpAddress {
 public:
  IpAddress() = default;

  /// From the 4 or 16 bytes as they stand on the wire.
  static IpAddress v4(const void* bytes) {
    IpAddress address;
    address.bytes_[10] = address.bytes_[11] = 0xff;
    std::memcpy(&address.bytes_[12], bytes, 4);
    return address;
  }
  static IpAddress v6(const void* bytes) {
    IpAddress address;
    std::memcpy(address.bytes_.data(), bytes, 16);
    return address;
  }

  bool is_v4() const {
    static constexpr std::uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return std::memcmp(bytes_.data(), kMapped, sizeof kMapped) == 0;
  }
  /// 127.0.0.0/8 or ::1.
  bool is_loopback() const {
    if (is_v4()) return bytes_[12] == 127;
    static constexpr std::uint8_t kOne[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    return std::memcmp(bytes_.data(), kOne, sizeof kOne) == 0;
  }

  /// The first `bits` of the 128 bits, the others zero.
  IpAddress prefix(int bits) const {
    IpAddress cut = *this;
    for (int i = 0; i < 16; ++i) {
      const int keep = bits - 8 * i;
      if (keep < 8)
        cut.bytes_[static_cast<std::size_t>(i)] &= static_cast<std::uint8_t>(keep <= 0 ? 0 : 0xff00 >> keep);
    }
    return cut;
  }

  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  auto operator<=>(const IpAddress&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

}  // namespace netkit
