#include "admission/address_range.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
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

bool contains(const std::vector<AddressRange>& ranges, const IpAddress& address) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const AddressRange& range) { return range.contains(address); });
}

}  // namespace netkit
