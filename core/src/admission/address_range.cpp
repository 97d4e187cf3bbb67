#include "admission/address_range.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace netkit {
namespace {

constexpr int kAllBits = 128;

[[noreturn]] void refuse(const std::string& text, const std::string& why) {
  throw std::invalid_argument("found '" + text + "', expected " + why);
}

std::optional<IpAddress> parse_address(const std::string& text) {
  unsigned char bytes[16];
  if (::inet_pton(AF_INET, text.c_str(), bytes) == 1) return IpAddress::v4(bytes);
  if (::inet_pton(AF_INET6, text.c_str(), bytes) == 1) return IpAddress::v6(bytes);
  return std::nullopt;
}

std::string to_text(const IpAddress& address) {
  char text[INET6_ADDRSTRLEN];
  const bool v4 = address.is_v4();
  ::inet_ntop(v4 ? AF_INET : AF_INET6, address.bytes().data() + (v4 ? 12 : 0), text, sizeof text);
  return text;
}

/// How much of its family the range holds, from 0 to 1: of IPv4, or of the IPv6 addresses in use.
double share_of(const AddressRange& range) {
  constexpr int kInUse = 3;  // 2000::/3, RFC 4291 section 2.4
  static const AddressRange in_use = AddressRange::parse("2000::/3");
  if (range.network().is_v4()) return std::ldexp(1.0, AddressRange::kMappedBits - range.bits());
  if (range.bits() <= kInUse) return range.contains(in_use.network()) ? 1.0 : 0.0;
  return in_use.contains(range.network()) ? std::ldexp(1.0, kInUse - range.bits()) : 0.0;
}

/// True if another of `ranges` holds `one` too; of equal ones, if an earlier one does.
bool is_within_another(const std::vector<AddressRange>& ranges, const AddressRange& one) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const AddressRange& other) {
    if (&other == &one || !other.contains(one.network())) return false;
    return other.bits() < one.bits() || (other == one && &other < &one);
  });
}

}  // namespace

AddressRange AddressRange::parse(const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::string host = text.substr(0, slash);
  const std::optional<IpAddress> address = parse_address(host);
  if (!address) refuse(text, "a numeric address or range, such as 10.0.0.0/8, 192.0.2.7 or fd00::/8");
  if (slash == std::string::npos) return {*address, kAllBits};
  const bool dotted = host.find(':') == std::string::npos;
  const int most = dotted ? kAllBits - AddressRange::kMappedBits : kAllBits;
  const std::string_view digits = std::string_view(text).substr(slash + 1);
  int bits = -1;
  const auto [stopped, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc() || stopped != digits.data() + digits.size() || bits < 0 || bits > most) {
    refuse(text, "a prefix from /0 to /" + std::to_string(most));
  }
  if (dotted) bits += kMappedBits;
  const IpAddress network = address->prefix(bits);
  if (network != *address) {
    refuse(text, "a range that begins at its first address: " + to_text(network) + "/" + std::string(digits));
  }
  return {network, bits};
}

std::string to_string(const AddressRange& range) {
  std::string text = to_text(range.network());
  const int bits = range.network().is_v4() ? range.bits() - AddressRange::kMappedBits : range.bits();
  if (range.bits() < kAllBits) text += "/" + std::to_string(bits);
  return text;
}

bool hold_strangers(const std::vector<AddressRange>& ranges) {
  double v4 = 0;
  double v6 = 0;
  for (const AddressRange& range : ranges) {
    if (!is_within_another(ranges, range)) (range.network().is_v4() ? v4 : v6) += share_of(range);
  }
  return v4 >= 0.5 || v6 >= 0.5;
}

bool contains(const std::vector<AddressRange>& ranges, const IpAddress& address) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const AddressRange& range) { return range.contains(address); });
}

}  // namespace netkit
