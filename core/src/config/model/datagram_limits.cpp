#include "config/model/datagram_limits.h"

#include <iterator>

namespace netkit {
namespace {

/// From NetBSD's and OpenBSD's inetd (echo, discard, daytime, quotd, chargen, time, domain, tftp, ntp and the like are
/// refused there), CISA's alert TA14-017A on amplifying protocols, and CERT VU#417980. In order: no port, echo,
/// discard, systat, daytime, netstat, quote of the day, chargen, time, dns, tftp, portmapper, ntp, netbios name and
/// datagram, snmp, cldap, syslog, rip, rip-ng, mssql browser, ssdp, ws-discovery, mdns, coap, memcached.
constexpr std::uint16_t kAnsweringPorts[] = {0,   7,   9,   11,  13,  15,  17,  19,   37,   53,   69,   111,  123,
                                             137, 138, 161, 389, 514, 520, 521, 1434, 1900, 3702, 5353, 5683, 11211};

}  // namespace

std::vector<PortRange> answering_ports() {
  std::vector<PortRange> ranges;
  ranges.reserve(std::size(kAnsweringPorts));
  for (const std::uint16_t port : kAnsweringPorts) ranges.push_back({port, port});
  return ranges;
}

}  // namespace netkit
