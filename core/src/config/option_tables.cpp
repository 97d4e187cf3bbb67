#include "config/option_tables.h"

#include <cstdint>

#include "config/log_level.h"

namespace netkit {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

OptionSpec connections(const char* help) {
  return {.name = "connections",
          .type = OptionType::integer,
          .fallback = "10000",
          .help = help,
          .choices = {},
          .least = 1,
          .most = 1'000'000};
}

OptionSpec message() {
  return {.name = "message",
          .type = OptionType::size,
          .fallback = "",
          .help = "caps the `max` of the framing that comes in",
          .choices = {},
          .least = 1};
}

OptionSpec output() {
  return {.name = "output",
          .type = OptionType::size,
          .fallback = "1MiB",
          .help = "answers waiting for a peer that does not read",
          .choices = {},
          .least = 1};
}

OptionSpec max_amplification() {
  return {.name = "max_amplification",
          .type = OptionType::integer,
          .fallback = "3",
          .help = "how many times the bytes of a datagram its answers may have, on the wire; not for loopback",
          .choices = {},
          .least = 1,
          .most = 1'000'000};
}

/// Services that answer whatever reaches them: one that answers our answer makes a loop. From NetBSD's and OpenBSD's
/// inetd (echo, discard, daytime, quotd, chargen, time, domain, tftp, ntp and the like are refused there), CISA's alert
/// TA14-017A on amplifying protocols, and CERT VU#417980. In order: no port, echo, discard, systat, daytime, netstat,
/// quote of the day, chargen, time, dns, tftp, portmapper, ntp, netbios name and datagram, snmp, cldap, syslog, rip,
/// rip-ng, mssql browser, ssdp, ws-discovery, mdns, coap, memcached.
OptionSpec refused_ports() {
  return {.name = "refused_ports",
          .type = OptionType::texts,
          .fallback =
              "0, 7, 9, 11, 13, 15, 17, 19, 37, 53, 69, 111, 123, 137, 138, 161, 389, 514, 520, 521, 1434, 1900, "
              "3702, 5353, 5683, 11211",
          .help = "datagrams from these ports are not answered: well-known services, which might answer the answer",
          .choices = {}};
}

OptionSpec idle() {
  return {.name = "idle",
          .type = OptionType::duration,
          .fallback = "60s",
          .help = "how long a connection may be silent; 0: for ever",
          .choices = {}};
}

}  // namespace

const std::vector<OptionSpec>& identity_options() {
  static const std::vector<OptionSpec> options = {
      {.name = "user",
       .type = OptionType::user,
       .fallback = "",
       .help = "whom the server serves as, once it has bound its sockets as root",
       .choices = {}},
      {.name = "group",
       .type = OptionType::group,
       .fallback = "",
       .help = "likewise; unset: the user's first group",
       .choices = {}}};
  return options;
}

const std::vector<OptionSpec>& event_loop_options() {
  static const std::vector<OptionSpec> options = {
      {.name = "count",
       .type = OptionType::integer,
       .fallback = "0",
       .help = "event loops; 0: one per core",
       .choices = {},
       .most = 1024},
      {.name = "spin",
       .type = OptionType::duration,
       .fallback = "0s",
       .help = "how long a loop polls after the last event before it sleeps",
       .choices = {},
       .most = kSecond}};
  return options;
}

const std::vector<OptionSpec>& log_options() {
  static const std::vector<OptionSpec> options = {{.name = "format",
                                                   .type = OptionType::choice,
                                                   .fallback = "text",
                                                   .help = "text lines, or one JSON object a line",
                                                   .choices = {"text", "json"}},
                                                  {.name = "file",
                                                   .type = OptionType::path,
                                                   .fallback = "",
                                                   .help = "where the log is appended to; without it, stderr",
                                                   .choices = {}},
                                                  {.name = "level",
                                                   .type = OptionType::choice,
                                                   .fallback = "info",
                                                   .help = "the least that is logged",
                                                   .choices = log_level_names()},
                                                  {.name = "connections",
                                                   .type = OptionType::flag,
                                                   .fallback = "false",
                                                   .help = "log every connection, when it begins and when it ends",
                                                   .choices = {}}};
  return options;
}

const std::vector<OptionSpec>& server_limit_options() {
  static const std::vector<OptionSpec> options = {connections("connections of all listeners together"), message(),
                                                  output(), max_amplification(), refused_ports()};
  return options;
}

const std::vector<OptionSpec>& server_timeout_options() {
  static const std::vector<OptionSpec> options = {idle(),
                                                  {.name = "drain",
                                                   .type = OptionType::duration,
                                                   .fallback = "30s",
                                                   .help = "how long running answers may take once the server ends",
                                                   .choices = {}}};
  return options;
}

const std::vector<OptionSpec>& listener_limit_options() {
  static const std::vector<OptionSpec> options = {connections("connections of this listener"), message(), output(),
                                                  max_amplification(), refused_ports()};
  return options;
}

const std::vector<OptionSpec>& listener_timeout_options() {
  static const std::vector<OptionSpec> options = {idle()};
  return options;
}

const OptionSpec& plugin_path_option() {
  static const OptionSpec option = {.name = "plugin_path",
                                    .type = OptionType::texts,
                                    .fallback = "",
                                    .help = "folders to look for plugins in, before netkit's own",
                                    .choices = {}};
  return option;
}

}  // namespace netkit
