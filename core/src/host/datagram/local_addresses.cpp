#include "host/datagram/local_addresses.h"

#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

namespace netkit {
namespace {

constexpr std::chrono::seconds kFresh{1};

in6_addr all_ones() {
  in6_addr mask;
  std::memset(&mask, 0xff, sizeof mask);
  return mask;
}

bool equal_under(const in6_addr& mask, const in6_addr& one, const in6_addr& other) {
  for (std::size_t i = 0; i < sizeof one.s6_addr; ++i) {
    if (((one.s6_addr[i] ^ other.s6_addr[i]) & mask.s6_addr[i]) != 0) return false;
  }
  return true;
}

in6_addr in_ipv6_form(const sockaddr& address) {
  PeerAddress copy;
  const bool ipv6 = address.sa_family == AF_INET6;
  std::memcpy(copy.data(), &address, ipv6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in));
  return copy.in_ipv6_form();
}

/// What is local besides the address itself.
in6_addr mask_of(const ifaddrs& entry) {
  in6_addr mask = all_ones();
  const bool network = entry.ifa_addr->sa_family == AF_INET && (entry.ifa_flags & IFF_LOOPBACK) != 0;
  if (!network || entry.ifa_netmask == nullptr) return mask;
  sockaddr_in ipv4;
  std::memcpy(&ipv4, entry.ifa_netmask, sizeof ipv4);
  std::memcpy(&mask.s6_addr[12], &ipv4.sin_addr, sizeof ipv4.sin_addr);
  return mask;
}

}  // namespace

LocalAddresses::LocalAddresses() { read(); }

bool LocalAddresses::contains(const PeerAddress& address) {
  if (Clock::now() - read_at_ > kFresh) read();
  const in6_addr asked = address.in_ipv6_form();
  return std::any_of(networks_.begin(), networks_.end(),
                     [&](const Network& network) { return equal_under(network.mask, network.address, asked); });
}

void LocalAddresses::read() {
  read_at_ = Clock::now();
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> guard(list, &::freeifaddrs);
  std::vector<Network> networks;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr) continue;
    const int family = entry->ifa_addr->sa_family;
    if (family == AF_INET || family == AF_INET6) networks.push_back({in_ipv6_form(*entry->ifa_addr), mask_of(*entry)});
  }
  networks_ = std::move(networks);
}

}  // namespace netkit
