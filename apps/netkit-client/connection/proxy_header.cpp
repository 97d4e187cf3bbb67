#include "netkit-client/connection/proxy_header.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <stdexcept>

#include "config/values/address.h"
#include "netkit-client/failure.h"

namespace netkit::client {
namespace {

/// One end of a connection as the header has it.
struct End {
  bool ipv6 = false;
  std::string host;
  std::string port;
};

template <class Address>
Address as(const sockaddr_storage& storage) {
  return reinterpret_cast<const Address&>(storage);
}

End end_of(int socket, decltype(::getsockname)* get) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (get(socket, reinterpret_cast<sockaddr*>(&storage), &size) != 0) throw system_failure("--proxy-header");
  std::array<char, INET6_ADDRSTRLEN> host{};
  if (storage.ss_family == AF_INET6) {
    const auto address = as<sockaddr_in6>(storage);
    ::inet_ntop(AF_INET6, &address.sin6_addr, host.data(), host.size());
    return {true, host.data(), std::to_string(ntohs(address.sin6_port))};
  }
  if (storage.ss_family != AF_INET) throw LocalError("--proxy-header: a Unix socket has no addresses to tell");
  const auto address = as<sockaddr_in>(storage);
  ::inet_ntop(AF_INET, &address.sin_addr, host.data(), host.size());
  return {false, host.data(), std::to_string(ntohs(address.sin_port))};
}

End end_of(const ProxySource& source) {
  const Address address = parse_address(source.address);
  return {address.ipv6, address.host, std::to_string(address.port)};
}

bool is_unix(int socket) {
  int family = 0;
  socklen_t size = sizeof family;
  ::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &family, &size);
  return family == AF_UNIX;
}

}  // namespace

ProxySource parse_proxy_source(const std::string& text) {
  if (text == "own") return {.own = true};
  const Address address = parse_address(text);
  in_addr bytes{};
  if (!address.ipv6 && ::inet_pton(AF_INET, address.host.c_str(), &bytes) != 1) {
    throw std::invalid_argument("found host '" + address.host + "', expected a numeric address");
  }
  return {.address = text};
}

std::string proxy_header(const ProxySource& source, int socket) {
  const End from = source.own ? end_of(socket, ::getsockname) : end_of(source);
  // A proxy that passes on to a Unix socket was itself reached somewhere; the loopback stands for that.
  const End to = is_unix(socket) ? End{from.ipv6, from.ipv6 ? "::1" : "127.0.0.1", "0"} : end_of(socket, ::getpeername);
  if (from.ipv6 != to.ipv6) {
    throw LocalError("--proxy-header: found " + source.address + ", expected an " + (to.ipv6 ? "IPv6" : "IPv4") +
                     " address as the server's is");
  }
  const char* family = from.ipv6 ? "TCP6" : "TCP4";
  return std::string("PROXY ") + family + " " + from.host + " " + to.host + " " + from.port + " " + to.port + "\r\n";
}

}  // namespace netkit::client
