#include "config/sections/protection/timeouts.h"

#include <vector>

namespace netkit {
namespace {

constexpr const char* kTimeouts = "timeouts";
constexpr const char* kLameDuck = "lame_duck";

OptionRow<Timeouts> row(const char* name, std::chrono::nanoseconds Timeouts::*member, const char* help) {
  return bind_option<Timeouts>({.name = name, .type = OptionType::duration, .help = help}, member);
}

}  // namespace

const OptionTable<Timeouts>& timeout_options() {
  static const OptionTable<Timeouts> table({
      row("first_byte", &Timeouts::first_byte, "how long a new connection may be silent; 0: for ever"),
      row("message", &Timeouts::message, "how long a message may take from its first byte to its last; 0: for ever"),
      row("idle", &Timeouts::idle, "how long a connection may be silent; 0: for ever"),
      row("write_stall", &Timeouts::write_stall, "how long a peer may take none of its answers; 0: for ever"),
      row("handler", &Timeouts::handler, "how long a call of a handler on a worker may take; 0: for ever"),
      row("lifetime", &Timeouts::lifetime, "how long a connection may last; 0: for ever"),
      row("drain", &Timeouts::drain,
          "how long running answers may take once the server or the connection's lifetime ends"),
  });
  return table;
}

const OptionTable<ServerConfig>& server_timeout_options() {
  static const OptionTable<ServerConfig> table({
      bind_option<ServerConfig>({.name = kLameDuck,
                                 .type = OptionType::duration,
                                 .help = "how long listeners still accept once the server ends and says so"},
                                &ServerConfig::lame_duck),
  });
  return table;
}

PlacedOptions read_server_timeouts(ObjectReader& server, ServerConfig& config) {
  std::vector<OptionSpec> specs = timeout_options().specs();
  for (const OptionSpec& spec : server_timeout_options().specs()) specs.push_back(spec);
  const PlacedOptions given = server.take_object(kTimeouts, specs);
  PlacedOptions inherited;
  PlacedOptions own;
  for (const auto& [name, value] : given.options.all()) {
    (name == kLameDuck ? own : inherited).set(name, value, given.places.at(name));
  }
  Timeouts timeouts;
  timeout_options().apply(inherited, timeouts, server.errors());
  server_timeout_options().apply(own, config, server.errors());
  config.drain = timeouts.drain;
  return inherited;
}

void read_listener_timeouts(ObjectReader& listener, const PlacedOptions& inherited, Timeouts& timeouts) {
  PlacedOptions given = listener.take_object(kTimeouts, timeout_options().specs());
  given.add_missing(inherited);
  timeout_options().apply(given, timeouts, listener.errors());
}

}  // namespace netkit
