#include "netkit-client/connection/resolver.h"

#include <netdb.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <utility>

#include "netkit-client/failure.h"

namespace netkit::client {
namespace {

constexpr const char* kVersionNames[] = {"the address", "an IPv4 address", "an IPv6 address"};

PeerAddress unix_address(const std::string& path) {
  sockaddr_un address{};
  if (path.size() >= sizeof address.sun_path) throw LocalError("the path is too long for a Unix socket");
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  PeerAddress peer{.size = sizeof address, .text = path};
  std::memcpy(&peer.storage, &address, sizeof address);
  return peer;
}

int family_of(IpVersion version) {
  if (version == IpVersion::v4) return AF_INET;
  return version == IpVersion::v6 ? AF_INET6 : AF_UNSPEC;
}

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

}  // namespace

std::string numeric_text(const sockaddr* address, socklen_t size) {
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (::getnameinfo(address, size, host.data(), host.size(), port.data(), port.size(),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return "an unknown address";
  }
  const std::string name = host.data();
  return (address->sa_family == AF_INET6 ? "[" + name + "]" : name) + ":" + port.data();
}

std::vector<PeerAddress> in_turn(std::vector<PeerAddress> addresses) {
  if (addresses.empty()) return addresses;
  const auto others = std::stable_partition(
      addresses.begin(), addresses.end(),
      [first = addresses.front().family()](const PeerAddress& each) { return each.family() == first; });
  std::vector<PeerAddress> mixed;
  auto same = addresses.begin();
  auto other = others;
  while (same != others || other != addresses.end()) {
    if (same != others) mixed.push_back(std::move(*same++));
    if (other != addresses.end()) mixed.push_back(std::move(*other++));
  }
  return mixed;
}

std::vector<PeerAddress> resolve(const Address& address, IpVersion version) {
  if (!address.path.empty()) return {unix_address(address.path)};
  addrinfo hints{};
  hints.ai_family = family_of(version);
  hints.ai_socktype = SOCK_STREAM;  // one entry for each address; they serve datagrams too
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int failed = ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &list);
  const std::unique_ptr<addrinfo, FreeAddresses> found(failed == 0 ? list : nullptr);
  if (found == nullptr) {
    throw LocalError(std::string("cannot find ") + kVersionNames[static_cast<int>(version)] + " of '" + address.host +
                     "'");
  }
  std::vector<PeerAddress> addresses;
  for (const addrinfo* each = found.get(); each != nullptr; each = each->ai_next) {
    PeerAddress peer{.size = each->ai_addrlen, .text = numeric_text(each->ai_addr, each->ai_addrlen)};
    std::memcpy(&peer.storage, each->ai_addr, each->ai_addrlen);
    addresses.push_back(std::move(peer));
  }
  return in_turn(std::move(addresses));
}

}  // namespace netkit::client
