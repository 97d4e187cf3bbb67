#include "config/effective.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "config/load.h"
#include "config/sections/option_tables.h"
#include "config/sections/unix_socket.h"
#include "config/values/log_level.h"
#include "config/values/option_value.h"
#include "config/values/port_range.h"

namespace netkit {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const OptionSpec& spec, const Options::Value& value) {
  switch (spec.type) {
    case OptionType::flag:
      return std::get<bool>(value);
    case OptionType::integer:
      return std::get<std::int64_t>(value);
    case OptionType::texts:
      return std::get<std::vector<std::string>>(value);
    case OptionType::table:
      return std::get<Options::Table>(value);
    default:
      return format_option(spec, value);
  }
}

/// The options that have a value, in the order of their specs.
void add_options(const std::vector<OptionSpec>& specs, const Options& options, Json& object) {
  for (const OptionSpec& spec : specs) {
    if (options.has(spec.name)) object[spec.name] = to_json(spec, options.all().at(spec.name));
  }
}

template <class Type>
Json choice_json(const Choice& choice, const Type* type) {
  if (type == nullptr) throw std::logic_error("'" + choice.type + "' is not registered");
  Json object = {{"type", choice.type}};
  add_options(type->options, choice.options, object);
  return object;
}

Json framing_json(const FramingChoice& framing, PluginLoader& loader) {
  Json in = choice_json(framing.in, loader.framing(framing.in.type));
  Json out = choice_json(framing.out, loader.framing(framing.out.type));
  if (in == out) return in;
  return {{"in", std::move(in)}, {"out", std::move(out)}};
}

/// One value where all the transports have the same framing, else one for each.
Json framings_json(const std::vector<TransportConfig>& transports, PluginLoader& loader) {
  Json each = Json::object();
  bool same = true;
  for (const TransportConfig& transport : transports) {
    Json framing = framing_json(transport.framing, loader);
    same = same && (each.empty() || each.front() == framing);
    each[to_string(transport.transport)] = std::move(framing);
  }
  return same ? each.front() : each;
}

Options quota_options(const Quota& quota) {
  Options options;
  options.set("connections", static_cast<std::int64_t>(quota.connections));
  options.set("connection_rate", quota.connection_rate);
  options.set("messages", quota.messages);
  options.set("bytes", quota.bytes);
  return options;
}

/// Those about datagrams only where there are any.
void add_datagram_limits(const ListenerConfig& listener, Options& options) {
  if (!has_transport(listener, Transport::udp)) return;
  std::vector<std::string> ports;
  for (const PortRange& range : listener.datagrams.refused_ports) ports.push_back(to_string(range));
  options.set("max_amplification", static_cast<std::int64_t>(listener.datagrams.max_amplification));
  options.set("refused_ports", std::move(ports));
}

Json limits_json(const ListenerConfig& listener) {
  const Limits& limits = listener.limits;
  Options options = quota_options(limits);
  options.set("output", static_cast<std::int64_t>(limits.output));
  options.set("on_limit", std::string(to_string(limits.on_limit)));
  options.set("dry_run", limits.dry_run);
  add_datagram_limits(listener, options);
  Options source = quota_options(limits.per_source);
  source.set("loopback", limits.per_source.loopback);
  Json object;
  add_options(listener_limit_options(), options, object);
  add_options(source_limit_options(), source, object["per_source"]);
  return object;
}

Options timeout_options(const Timeouts& timeouts) {
  Options options;
  options.set("first_byte", timeouts.first_byte);
  options.set("message", timeouts.message);
  options.set("idle", timeouts.idle);
  options.set("write_stall", timeouts.write_stall);
  options.set("handler", timeouts.handler);
  options.set("lifetime", timeouts.lifetime);
  options.set("drain", timeouts.drain);
  return options;
}

Json ranges_json(const std::vector<AddressRange>& ranges) {
  Json list = Json::array();
  for (const AddressRange& range : ranges) list.push_back(to_string(range));
  return list;
}

Options tls_values(const TlsServerSettings& settings) {
  Options options;
  options.set("certificate", settings.identity.certificate);
  options.set("key", settings.identity.key);
  if (!settings.client_ca.empty()) options.set("client_ca", settings.client_ca);
  if (!settings.client_names.empty()) options.set("client_names", settings.client_names);
  return options;
}

Options socket_values(const SocketAccess& socket) {
  Options options;
  options.set("mode", mode_text(socket.mode));
  if (!socket.owner.empty()) options.set("owner", socket.owner);
  if (!socket.group.empty()) options.set("group", socket.group);
  return options;
}

Json listener_json(const ListenerConfig& listener, PluginLoader& loader) {
  Json transports = Json::array();
  for (const TransportConfig& transport : listener.transports) transports.push_back(to_string(transport.transport));
  Json object = {{"name", listener.name}, {"transport", transports}, {"address", to_string(listener.address)}};
  if (!listener.address.path.empty()) add_options(socket_options(), socket_values(listener.socket), object);
  object["framing"] = framings_json(listener.transports, loader);
  object["handler"] = choice_json(listener.handler, loader.handler(listener.handler.type));
  object["limits"] = limits_json(listener);
  add_options(listener_timeout_options(), timeout_options(listener.timeouts), object["timeouts"]);
  object["access"] = {{"allow", ranges_json(listener.access.allow)}, {"deny", ranges_json(listener.access.deny)}};
  object["proxy_protocol"] = to_string(listener.proxy.protocol);
  object["proxy_from"] = ranges_json(listener.proxy.from);
  if (listener.tls) add_options(tls_options(), tls_values(listener.tls->settings), object["tls"]);
  return object;
}

Options log_values(const LogConfig& config) {
  Options options;
  options.set("format", std::string(config.json ? "json" : "text"));
  if (!config.file.empty()) options.set("file", config.file);
  options.set("level", to_string(config.level));
  options.set("connections", config.connections);
  return options;
}

Json server_json(const ServerConfig& config) {
  Options loops;
  loops.set("count", std::int64_t{config.event_loops.count});
  loops.set("spin", config.event_loops.spin);
  loops.set("pin", config.event_loops.pin);
  Options timeouts;
  timeouts.set("drain", config.drain);

  Json object = {{"plugin_path", config.plugin_path}};
  if (!config.user.empty()) object["user"] = config.user;
  if (!config.group.empty()) object["group"] = config.group;
  add_options(event_loop_options(), loops, object["event_loops"]);
  add_options(log_options(), log_values(config.log), object["log"]);
  add_options(server_limit_options(), quota_options(config.limits), object["limits"]);
  add_options(server_timeout_options(), timeouts, object["timeouts"]);
  return object;
}

}  // namespace

Json effective_listener(const ListenerConfig& listener, PluginLoader& loader) {
  return listener_json(listener, loader);
}
Json effective_server(const ServerConfig& config) { return server_json(config); }

std::string print_effective(const ServerConfig& config, PluginLoader& loader) {
  Json object = server_json(config);
  object["listeners"] = Json::array();
  for (const ListenerConfig& listener : config.listeners)
    object["listeners"].push_back(listener_json(listener, loader));
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace netkit
