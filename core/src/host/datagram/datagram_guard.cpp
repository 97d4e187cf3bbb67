#include "host/datagram/datagram_guard.h"

#include <utility>

namespace netkit {
namespace {

constexpr std::size_t kIpv4Headers = 20 + 8;
constexpr std::size_t kIpv6Headers = 40 + 8;

}  // namespace

DatagramGuard::DatagramGuard(const SharedPortSet& own_ports, IsLocal is_local)
    : own_ports_(own_ports), is_local_(std::move(is_local)) {}

DatagramDrop DatagramGuard::judge(const DatagramRules& rules, const DatagramRoute& route) const {
  if (route.to_many()) return DatagramDrop::to_many;
  if (!route.from.is_unicast()) return DatagramDrop::bad_source;
  const std::uint16_t port = route.from.port();
  if (rules.refused_ports.contains(port)) return DatagramDrop::refused_port;
  if (own_ports_.contains(port) && is_local_(route.from)) return DatagramDrop::own_port;
  return DatagramDrop::none;
}

AnswerBudget DatagramGuard::budget(const DatagramRules& rules, const PeerAddress& from, std::size_t size) const {
  const std::size_t headers = from.ipv6() ? kIpv6Headers : kIpv4Headers;
  if (from.is_loopback()) return {std::numeric_limits<std::uint64_t>::max(), headers};
  return {(size + headers) * rules.max_amplification, headers};
}

}  // namespace netkit
