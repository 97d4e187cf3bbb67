#include "admission/proxy_header.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <system_error>

namespace netkit {
namespace {

using Status = ProxyHeader::Status;
using Source = ProxyHeader::Source;

constexpr std::string_view kLine = "PROXY ";
constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kFixed = 16;  // bytes of a version 2 header before the addresses

constexpr std::uint8_t kLocal = 0x20;  // version 2, the proxy speaks for itself
constexpr std::uint8_t kProxied = 0x21;
constexpr std::size_t kBlockV4 = 12;
constexpr std::size_t kBlockV6 = 36;
constexpr std::size_t kBlockUnix = 216;

ProxyHeader malformed(const char* reason) { return {.status = Status::malformed, .reason = reason}; }
ProxyHeader complete(std::size_t size, std::optional<Source> source) {
  return {.status = Status::complete, .size = size, .source = source};
}

/// True if one of the two begins with the other.
bool may_be(std::string_view bytes, std::string_view start) {
  const std::size_t common = std::min(bytes.size(), start.size());
  return bytes.substr(0, common) == start.substr(0, common);
}

std::optional<IpAddress> parse_ip(std::string_view text, bool v6) {
  unsigned char bytes[16];
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  if (::inet_pton(v6 ? AF_INET6 : AF_INET, std::string(text).c_str(), bytes) != 1) return std::nullopt;
  return v6 ? IpAddress::v6(bytes) : IpAddress::v4(bytes);
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool padded = text.size() > 1 && text.front() == '0';
  if (error != std::errc() || stopped != text.data() + text.size() || padded) return std::nullopt;
  return port;
}

/// Splits at single spaces; the last of too many words keeps the rest.
std::array<std::string_view, 5> split(std::string_view line) {
  std::array<std::string_view, 5> words{};
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::size_t space = i + 1 < words.size() ? line.find(' ') : std::string_view::npos;
    words[i] = line.substr(0, space);
    line.remove_prefix(space == std::string_view::npos ? line.size() : space + 1);
  }
  return words;
}

/// `line` stands between "PROXY " and the line's end: TCP4 SOURCE DESTINATION PORT PORT.
ProxyHeader parse_words(std::string_view line, std::size_t size) {
  const auto [protocol, from, to, from_port, to_port] = split(line);
  if (protocol == "UNKNOWN") return complete(size, std::nullopt);  // what follows is to be ignored
  const bool v6 = protocol == "TCP6";
  if (!v6 && protocol != "TCP4") return malformed("the protocol is none of TCP4, TCP6 and UNKNOWN");
  const std::optional<IpAddress> address = parse_ip(from, v6);
  if (!address || !parse_ip(to, v6)) return malformed("no address of the protocol's family");
  const std::optional<std::uint16_t> port = parse_port(from_port);
  if (!port || !parse_port(to_port)) return malformed("no port number");
  return complete(size, Source{*address, *port});
}

ProxyHeader parse_line(std::string_view bytes) {
  const std::size_t end = bytes.substr(0, ProxyHeader::kMostV1).find('\n');
  if (end == std::string_view::npos) {
    if (bytes.size() >= ProxyHeader::kMostV1) return malformed("the line does not end within 107 bytes");
    return {};
  }
  if (bytes[end - 1] != '\r') return malformed("the line does not end in CR LF");
  return parse_words(bytes.substr(kLine.size(), end - 1 - kLine.size()), end + 1);
}

std::uint8_t byte_at(std::string_view bytes, std::size_t offset) { return static_cast<std::uint8_t>(bytes[offset]); }

std::uint16_t number_at(std::string_view bytes, std::size_t offset) {
  return static_cast<std::uint16_t>(byte_at(bytes, offset) << 8 | byte_at(bytes, offset + 1));
}

/// The addresses of a whole header; what follows them (TLVs) is of no use here.
ProxyHeader parse_block(std::uint8_t family, std::string_view block, std::size_t size) {
  switch (family) {
    case 0x00:  // unspecified
      return complete(size, std::nullopt);
    case 0x11:  // TCP and UDP over IPv4
    case 0x12:
      if (block.size() < kBlockV4) return malformed("too short for its addresses");
      return complete(size, Source{IpAddress::v4(block.data()), number_at(block, 8)});
    case 0x21:  // over IPv6
    case 0x22:
      if (block.size() < kBlockV6) return malformed("too short for its addresses");
      return complete(size, Source{IpAddress::v6(block.data()), number_at(block, 32)});
    case 0x31:  // Unix sockets
    case 0x32:
      if (block.size() < kBlockUnix) return malformed("too short for its addresses");
      return complete(size, std::nullopt);
    default:
      return malformed("unknown address family");
  }
}

ProxyHeader parse_binary(std::string_view bytes) {
  if (bytes.size() <= kSignature.size()) return {};
  const std::uint8_t command = byte_at(bytes, 12);
  if (command != kLocal && command != kProxied) return malformed("unknown version or command");
  if (bytes.size() < kFixed) return {};
  const std::size_t size = kFixed + number_at(bytes, 14);
  if (size > ProxyHeader::kMostV2) return malformed("longer than 4096 bytes");
  if (bytes.size() < size) return {};
  if (command == kLocal) return complete(size, std::nullopt);
  return parse_block(byte_at(bytes, 13), bytes.substr(kFixed, size - kFixed), size);
}

}  // namespace

ProxyHeader ProxyHeader::parse(std::string_view bytes) {
  if (may_be(bytes, kSignature)) return parse_binary(bytes);
  if (!may_be(bytes, kLine)) return {.status = Status::absent};
  if (bytes.size() < kLine.size()) return {};
  return parse_line(bytes);
}

}  // namespace netkit
