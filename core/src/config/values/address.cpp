#include "config/values/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "admission/ip_address.h"
#include "base/nearest.h"
#include "config/values/port_range.h"
#include "config/values/transport.h"

namespace netkit {
namespace {

constexpr std::string_view kDigitsAndDots = "0123456789.";
constexpr std::string_view kExamples = "host:port or [v6]:port, such as 127.0.0.1:8080 or [::1]:8080";

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
  throw std::invalid_argument("address " + in_quotes(text) + ": " + why);
}

std::uint16_t require_port(std::string_view whole, std::string_view text) {
  const std::optional<std::uint16_t> port = parse_port(text);
  if (!port) refuse(whole, "found port " + in_quotes(text) + ", expected a number from 0 to 65535");
  return *port;
}

/// One text for each address, so that two can be compared as texts.
std::string canonical_ipv6(std::string_view whole, std::string_view host) {
  in6_addr bytes{};
  if (::inet_pton(AF_INET6, std::string(host).c_str(), &bytes) != 1) {
    refuse(whole, "found " + in_quotes(host) + " in brackets, expected a numeric IPv6 address");
  }
  char text[INET6_ADDRSTRLEN];
  ::inet_ntop(AF_INET6, &bytes, text, sizeof text);
  return text;
}

bool is_ipv4(const std::string& host) {
  in_addr bytes{};
  return ::inet_pton(AF_INET, host.c_str(), &bytes) == 1;
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

void check_host(std::string_view whole, const std::string& host) {
  if (host.empty() || host == "*") {
    refuse(whole, "found no host, expected one; for every address of this machine write 0.0.0.0 or [::]");
  }
  if (!std::all_of(host.begin(), host.end(), is_name_character)) {
    refuse(whole, "found host " + in_quotes(host) + ", expected a name or a numeric address");
  }
  if (host.find_first_not_of(kDigitsAndDots) == std::string::npos && !is_ipv4(host)) {
    refuse(whole, "found " + in_quotes(host) + ", expected an IPv4 address of four numbers from 0 to 255");
  }
}

/// What a URL names: a path, or a host and a port. Empty if there is no port.
std::string place_of(const std::string& scheme, std::string_view behind) {
  if (scheme == to_string(Transport::unix_socket)) return std::string(behind);
  const std::string_view authority = behind.substr(0, behind.find('/'));
  return authority.find(':') == std::string_view::npos ? std::string() : std::string(authority);
}

Address parse_bracketed(std::string_view text) {
  const std::size_t bracket = text.find(']');
  if (bracket == std::string_view::npos) refuse(text, "found '[' without ']', expected [v6]:port");
  const std::string_view behind = text.substr(bracket + 1);
  if (!behind.starts_with(':')) refuse(text, "found no port, expected " + std::string(kExamples));
  return {.host = canonical_ipv6(text, text.substr(1, bracket - 1)),
          .port = require_port(text, behind.substr(1)),
          .ipv6 = true};
}

}  // namespace

std::string to_string(const Address& address) {
  if (!address.path.empty()) return address.path;
  const std::string host = address.ipv6 ? "[" + address.host + "]" : address.host;
  return host + ":" + std::to_string(address.port);
}

bool is_of_this_machine(const Address& address) {
  if (!address.path.empty()) return true;
  unsigned char bytes[sizeof(in6_addr)];
  if (::inet_pton(address.ipv6 ? AF_INET6 : AF_INET, address.host.c_str(), bytes) != 1) return false;
  return (address.ipv6 ? IpAddress::v6(bytes) : IpAddress::v4(bytes)).is_loopback();
}

void refuse_url(const std::string& text) {
  constexpr std::string_view kMark = "://";
  constexpr std::string_view kPathMark = "unix:";  // as nginx and systemd tools have it
  const std::size_t mark = text.find(kMark);
  const bool is_path = mark == std::string::npos && text.starts_with(kPathMark);
  if (mark == std::string::npos && !is_path) return;
  const std::size_t begin = is_path ? kPathMark.size() : mark + kMark.size();
  const std::string written = text.substr(0, is_path ? kPathMark.size() - 1 : mark);
  const std::string scheme = written == "ssl" ? to_string(Transport::tls) : written;
  const std::string place = place_of(scheme, std::string_view(text).substr(begin));
  const std::string expected = place.empty() ? std::string(kExamples) : in_quotes(place) + " alone";
  refuse(text, "found a URL, expected " + expected + "; " +
                   (find_transport(scheme) ? "the transport (" + scheme + ") is an option of its own"
                                           : "the framing says what is spoken there"));
}

Address parse_address(const std::string& text) {
  refuse_url(text);
  if (text.starts_with('[')) return parse_bracketed(text);
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) refuse(text, "found no port, expected " + std::string(kExamples));
  if (text.find(':') != colon) refuse(text, "an IPv6 address stands in brackets: [v6]:port");
  Address address{.host = text.substr(0, colon), .port = require_port(text, std::string_view(text).substr(colon + 1))};
  check_host(text, address.host);
  return address;
}

}  // namespace netkit
