#include "config/effective.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "config/readers/option_table.h"
#include "config/readers/target_reader.h"
#include "config/sections/listener/udp_sessions.h"
#include "config/sections/listener/unix_socket.h"
#include "config/sections/protection/limits.h"
#include "config/sections/protection/proxy.h"
#include "config/sections/protection/refuse_http.h"
#include "config/sections/protection/timeouts.h"
#include "config/sections/protection/tls.h"
#include "config/sections/server/admin.h"
#include "config/sections/server/event_loops.h"
#include "config/sections/server/log.h"
#include "config/sections/server/user.h"
#include "config/sections/server/worker_threads.h"
#include "config/values/option_json.h"

namespace netkit {
namespace {

using Json = nlohmann::ordered_json;

/// The options that have a value, in the order of their specs.
void add_options(const std::vector<OptionSpec>& specs, const Options& options, Json& object) {
  for (const OptionSpec& spec : specs) {
    if (options.has(spec.name)) object[spec.name] = option_json(spec, options.all().at(spec.name));
  }
}

/// The options of a section that have a value.
template <class Section>
Json section_json(const OptionTable<Section>& table, const Section& section) {
  Json object;
  add_options(table.specs(), table.values(section), object);
  return object;
}

Json framing_json(const FramingChoice& framing, PluginLoader& loader);

Json target_json(const Target& target, const FramingChoice& framing, PluginLoader& loader) {
  const auto& settings = dynamic_cast<const TargetSettings&>(*target.core());
  Json object = {{"address", address_text(settings)}};
  object.update(section_json(target_options(), settings));
  object["framing"] = framing_json(framing, loader);
  if (settings.transport == TargetSettings::Transport::tls) {
    object["tls"] = section_json(target_tls_options(), settings.tls);
  }
  return object;
}

Json chosen_json(const OptionSpec& spec, const Choice& choice, PluginLoader& loader) {
  const Options::Value& value = choice.options.all().at(spec.name);
  if (spec.type == OptionType::framing) return framing_json(*choice.framings.at(spec.name), loader);
  if (spec.type == OptionType::targets) {
    Json each = Json::object();
    for (const auto& [name, target] : std::get<Options::Targets>(value)) {
      each[name] = target_json(target, *choice.framings.at(spec.name + "." + name), loader);
    }
    return each;
  }
  if (spec.type != OptionType::target) return option_json(spec, value);
  return target_json(std::get<Target>(value), *choice.framings.at(spec.name), loader);
}

template <class Type>
Json choice_json(const Choice& choice, const Type* type, PluginLoader& loader) {
  if (type == nullptr) throw std::logic_error("'" + choice.type + "' is not registered");
  Json object = {{"type", choice.type}};
  for (const OptionSpec& spec : type->options) {
    if (choice.options.has(spec.name)) object[spec.name] = chosen_json(spec, choice, loader);
  }
  return object;
}

Json framing_json(const FramingChoice& framing, PluginLoader& loader) {
  Json in = choice_json(framing.in, loader.framing(framing.in.type), loader);
  Json out = choice_json(framing.out, loader.framing(framing.out.type), loader);
  if (in == out) return in;
  return {{"in", std::move(in)}, {"out", std::move(out)}};
}

/// One value if all transports have the same framing, else one for each.
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

Json ranges_json(const std::vector<AddressRange>& ranges) {
  Json list = Json::array();
  for (const AddressRange& range : ranges) list.push_back(to_string(range));
  return list;
}

Json filters_json(const ListenerConfig& listener, PluginLoader& loader) {
  Json list = Json::array();
  for (const Choice& filter : listener.filters) list.push_back(choice_json(filter, loader.filter(filter.type), loader));
  return list;
}

Json limits_json(const ListenerConfig& listener) {
  Json object = section_json(listener_limit_options(), listener);
  object["per_source"] = section_json(source_limit_options(), listener.limits.per_source);
  return object;
}

Json listener_json(const ListenerConfig& listener, PluginLoader& loader) {
  Json transports = Json::array();
  for (const TransportConfig& transport : listener.transports) transports.push_back(to_string(transport.transport));
  Json object = {{"name", listener.name}, {"transport", transports}, {"address", to_string(listener.address)}};
  if (!listener.address.path.empty()) object.update(section_json(socket_options(), listener.socket));
  object["framing"] = framings_json(listener.transports, loader);
  object["handler"] = choice_json(listener.handler, loader.handler(listener.handler.type), loader);
  if (!listener.filters.empty()) object["filters"] = filters_json(listener, loader);
  object["limits"] = limits_json(listener);
  object["timeouts"] = section_json(timeout_options(), listener.timeouts);
  if (listener.udp_sessions) object["udp_sessions"] = section_json(udp_session_options(), *listener.udp_sessions);
  object["access"] = {{"allow", ranges_json(listener.access.allow)}, {"deny", ranges_json(listener.access.deny)}};
  object.update(section_json(proxy_options(), listener.proxy));
  object["proxy_from"] = ranges_json(listener.proxy.from);
  add_options(refuse_http_options().specs(), refuse_http_options().values(listener), object);
  if (listener.tls) object["tls"] = section_json(tls_options(), listener.tls->settings);
  return object;
}

Json admin_json(const AdminConfig& admin) {
  Json object = Json::object();
  if (admin.address) object["address"] = to_string(*admin.address);
  if (admin.address && !admin.address->path.empty()) object.update(section_json(socket_options(), admin.socket));
  if (admin.metrics) object["metrics"] = to_string(*admin.metrics);
  object.update(section_json(admin_options(), admin));
  return object;
}

Json server_json(const ServerConfig& config) {
  Options drain;
  drain.set("drain", config.drain);

  Json object = {{"plugin_path", config.plugin_path}};
  if (!config.plugins.empty()) object["plugins"] = config.plugins;
  if (!config.user.empty()) object["user"] = config.user;
  if (!config.group.empty()) object["group"] = config.group;
  add_options(debuggable_options().specs(), debuggable_options().values(config), object);
  object["event_loops"] = section_json(event_loop_options(), config.event_loops);
  add_options(worker_options().specs(), worker_options().values(config), object);
  object["log"] = section_json(log_options(), config.log);
  if (config.admin) object["admin"] = admin_json(*config.admin);
  object["limits"] = section_json(total_limit_options(), config.limits);
  add_options(timeout_options().specs(), drain, object["timeouts"]);
  object["timeouts"].update(section_json(server_timeout_options(), config));
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
