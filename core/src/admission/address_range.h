#pragma once

#include <string>
#include <vector>

#include "admission/ip_address.h"

namespace netkit {

/// A CIDR block (RFC 4632, RFC 4291 section 2.3), or one address.
class AddressRange {
 public:
  /// "10.0.0.0/8", "fd00::/8", "192.0.2.7", "::1". Throws std::invalid_argument with one line that says what was found
  /// and expected. Bits behind the prefix are an error, as they mean that the writer meant something else.
  static AddressRange parse(const std::string& text);

  /// An IPv6 range holds no IPv4 address, not even ::/0, unless it is a range of mapped ones.
  bool contains(const IpAddress& address) const {
    return address.is_v4() == network_.is_v4() && address.prefix(bits_) == network_;
  }

  const IpAddress& network() const { return network_; }
  int bits() const { return bits_; }  ///< Of the 128.
  bool operator==(const AddressRange&) const = default;

  static constexpr int kMappedBits = 96;  ///< In front of an IPv4 address.

 private:
  AddressRange(const IpAddress& network, int bits) : network_(network), bits_(bits) {}

  IpAddress network_;
  int bits_;
};

/// As parse() takes it.
std::string to_string(const AddressRange& range);

/// True if one of `ranges` contains `address`.
bool contains(const std::vector<AddressRange>& ranges, const IpAddress& address);

/// True if the ranges together hold half of the IPv4 or half of the IPv6 addresses (those in use, 2000::/3) or more:
/// then they name nobody.
bool hold_strangers(const std::vector<AddressRange>& ranges);

/// Who may connect: no address of `deny`; if `allow` is not empty, only its addresses.
struct AccessList {
  std::vector<AddressRange> allow{};
  std::vector<AddressRange> deny{};

  bool admits(const IpAddress& address) const {
    return !contains(deny, address) && (allow.empty() || contains(allow, address));
  }
};

}  // namespace netkit
