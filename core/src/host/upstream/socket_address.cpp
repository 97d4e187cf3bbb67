#include "host/upstream/socket_address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstring>
#include <memory>
#include <stdexcept>

namespace netkit {

bool is_numeric_host(const std::string& host) {
  in6_addr bytes{};
  return ::inet_pton(AF_INET, host.c_str(), &bytes) == 1 || ::inet_pton(AF_INET6, host.c_str(), &bytes) == 1;
}

ResolvedHost resolve_host(const std::string& host, std::uint16_t port) {
  ::addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;  // so that each address comes once
  hints.ai_flags = AI_NUMERICSERV | (is_numeric_host(host) ? AI_NUMERICHOST : 0);
  ::addrinfo* list = nullptr;
  const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (error != 0) return {.error = host + ": " + ::gai_strerror(error)};
  const std::unique_ptr<::addrinfo, void (*)(::addrinfo*)> owned(list, ::freeaddrinfo);
  ResolvedHost host_found;
  for (const ::addrinfo* one = list; one != nullptr; one = one->ai_next) {
    SocketAddress& address = host_found.addresses.emplace_back();
    std::memcpy(&address.bytes, one->ai_addr, one->ai_addrlen);
    address.size = one->ai_addrlen;
  }
  return host_found;
}

SocketAddress unix_address(const std::string& path) {
  ::sockaddr_un name{};
  if (path.size() >= sizeof name.sun_path) throw std::invalid_argument(path + " is too long for a Unix socket");
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, path.size());
  SocketAddress address;
  std::memcpy(&address.bytes, &name, sizeof name);
  address.size = sizeof name;
  return address;
}

}  // namespace netkit
