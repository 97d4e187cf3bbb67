#include <cstdint>
#include <utility>

#include "config/sections/option_tables.h"

namespace netkit {
namespace {

constexpr std::int64_t kMostConnections = 1'000'000;
constexpr std::int64_t kMostRate = 1'000'000'000'000;

OptionSpec option(std::string name, OptionType type, std::string fallback, std::string help, std::int64_t least = 0,
                  std::int64_t most = INT64_MAX) {
  return {.name = std::move(name),
          .type = type,
          .fallback = std::move(fallback),
          .help = std::move(help),
          .choices = {},
          .least = least,
          .most = most};
}

/// The limits that stand at each level: for the server, a listener and a source.
std::vector<OptionSpec> quota(const std::string& whose, const std::string& connections, std::int64_t least,
                              const std::string& connection_rate) {
  return {
      option("connections", OptionType::integer, connections, "connections " + whose, least, kMostConnections),
      option("connection_rate", OptionType::rate, connection_rate, "new connections " + whose + "; 0: any number", 0,
             kMostRate),
      option("messages", OptionType::rate, "0/s", "messages " + whose + "; 0: any number", 0, kMostRate),
      option("bytes", OptionType::byte_rate, "0/s", "bytes received " + whose + "; 0: any number", 0, kMostRate),
  };
}

/// Services that answer whatever reaches them: one that answers our answer makes a loop. From NetBSD's and OpenBSD's
/// inetd (echo, discard, daytime, quotd, chargen, time, domain, tftp, ntp and the like are refused there), CISA's alert
/// TA14-017A on amplifying protocols, and CERT VU#417980. In order: no port, echo, discard, systat, daytime, netstat,
/// quote of the day, chargen, time, dns, tftp, portmapper, ntp, netbios name and datagram, snmp, cldap, syslog, rip,
/// rip-ng, mssql browser, ssdp, ws-discovery, mdns, coap, memcached.
constexpr const char* kAnsweringPorts =
    "0, 7, 9, 11, 13, 15, 17, 19, 37, 53, 69, 111, 123, 137, 138, 161, 389, 514, 520, 521, 1434, 1900, "
    "3702, 5353, 5683, 11211";

std::vector<OptionSpec> with_shared_limits(std::vector<OptionSpec> options) {
  OptionSpec on_limit = option("on_limit", OptionType::choice, "reject", "what happens where a limit is reached");
  on_limit.choices = {"defer", "reject", "close"};
  options.push_back(option("message", OptionType::size, "", "caps the `max` of the framing that comes in", 1));
  options.push_back(option("output", OptionType::size, "1MiB", "answers waiting for a peer that does not read", 1));
  options.push_back(std::move(on_limit));
  options.push_back(
      option("dry_run", OptionType::flag, "false", "only count and log what would be refused, dropped or slowed down"));
  options.push_back(option("max_amplification", OptionType::integer, "3",
                           "how many times the bytes of a datagram its answers may have, on the wire; not for loopback",
                           1, 1'000'000));
  options.push_back(
      option("refused_ports", OptionType::texts, kAnsweringPorts,
             "datagrams from these ports are not answered: well-known services, which might answer the answer"));
  return options;
}

std::vector<OptionSpec> timeouts(const std::string& drain) {
  const auto duration = [](const char* name, const char* fallback, const std::string& help) {
    return option(name, OptionType::duration, fallback, help);
  };
  return {
      duration("first_byte", "60s", "how long a new connection may be silent; 0: for ever"),
      duration("message", "30s", "how long a message may take from its first byte to its last; 0: for ever"),
      duration("idle", "60s", "how long a connection may be silent; 0: for ever"),
      duration("write_stall", "60s", "how long a peer may take none of its answers; 0: for ever"),
      duration("handler", "0s", "how long a call of a handler on a worker may take; 0: for ever"),
      duration("lifetime", "0s", "how long a connection may last; 0: for ever"),
      duration("drain", "30s", drain),
  };
}

}  // namespace

const std::vector<OptionSpec>& server_limit_options() {
  static const std::vector<OptionSpec> options =
      with_shared_limits(quota("of all listeners together", "10000", 1, "0/s"));
  return options;
}

const std::vector<OptionSpec>& listener_limit_options() {
  static const std::vector<OptionSpec> options = with_shared_limits(quota("of this listener", "10000", 1, "0/s"));
  return options;
}

const std::vector<OptionSpec>& source_limit_options() {
  static const std::vector<OptionSpec> options = [] {
    std::vector<OptionSpec> limits = quota("of one source address", "50", 0, "50/s");
    limits.push_back(option("loopback", OptionType::flag, "false", "limit this machine's own addresses too"));
    return limits;
  }();
  return options;
}

const std::vector<OptionSpec>& server_timeout_options() {
  static const std::vector<OptionSpec> options = timeouts("how long running answers may take once the server ends");
  return options;
}

const std::vector<OptionSpec>& listener_timeout_options() {
  static const std::vector<OptionSpec> options =
      timeouts("how long running answers may take once the server or the connection's lifetime ends");
  return options;
}

const OptionSpec& proxy_protocol_option() {
  static const OptionSpec protocol = [] {
    OptionSpec spec = option("proxy_protocol", OptionType::choice, "off", "whether a PROXY header comes first");
    spec.choices = {"off", "optional", "required"};
    return spec;
  }();
  return protocol;
}

}  // namespace netkit
