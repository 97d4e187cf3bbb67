#include "config/sections/guard_reader.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/nearest.h"
#include "config/sections/option_tables.h"
#include "config/values/option_value.h"
#include "config/values/port_range.h"
#include "config/values/value_reader.h"

namespace netkit {
namespace {

/// Sets what `settings` lacks: first from `defaults`, then as the specs have it.
void fill(const std::vector<OptionSpec>& specs, const Settings& defaults, Settings& settings) {
  for (const auto& [name, value] : defaults.options.all()) {
    if (settings.options.has(name)) continue;
    settings.options.set(name, value);
    settings.places.emplace(name, defaults.places.at(name));
  }
  fill_defaults(specs, settings.options);
}

/// What only counts for the server as a whole and is no default for its listeners.
Settings without_totals(const Settings& settings) {
  Settings rest;
  for (const auto& [name, value] : settings.options.all()) {
    if (name == "connections" || name == "connection_rate" || name == "messages" || name == "bytes") continue;
    rest.options.set(name, value);
    rest.places.emplace(name, settings.places.at(name));
  }
  return rest;
}

void set_quota(const Options& options, Quota& quota) {
  quota.connections = options.size("connections");
  quota.connection_rate = options.rate("connection_rate");
  quota.messages = options.rate("messages");
  quota.bytes = options.rate("bytes");
}

OnLimit on_limit(const std::string& name) {
  if (name == "defer") return OnLimit::defer;
  return name == "close" ? OnLimit::close : OnLimit::reject;
}

ProxyProtocol proxy_protocol(const std::string& name) {
  if (name == "optional") return ProxyProtocol::optional;
  return name == "required" ? ProxyProtocol::required : ProxyProtocol::off;
}

OptionSpec ranges_option(const std::string& key) {
  return {.name = key, .type = OptionType::texts, .fallback = "", .help = "", .choices = {}};
}

Timeouts timeouts_of(const Options& options) {
  return {.first_byte = options.duration("first_byte"),
          .message = options.duration("message"),
          .idle = options.duration("idle"),
          .write_stall = options.duration("write_stall"),
          .handler = options.duration("handler"),
          .lifetime = options.duration("lifetime"),
          .drain = options.duration("drain")};
}

}  // namespace

ListenerDefaults GuardReader::read_server(ObjectReader& reader, ServerConfig& config) {
  ListenerDefaults defaults;
  LimitSettings limits = take_limits(reader, server_limit_options());
  Settings filled = limits.own;
  fill(server_limit_options(), {}, filled);
  set_quota(filled.options, config.limits);
  defaults.limits = {without_totals(limits.own), std::move(limits.per_source)};
  defaults.timeouts = reader.take_object("timeouts", server_timeout_options());
  Settings timeouts = defaults.timeouts;
  fill(server_timeout_options(), {}, timeouts);
  config.drain = timeouts.options.duration("drain");
  return defaults;
}

std::optional<MessageCap> GuardReader::read_listener(ObjectReader& reader, const ListenerDefaults& defaults,
                                                     ListenerConfig& listener) {
  std::optional<MessageCap> cap = read_limits(reader, defaults.limits, listener);
  Settings timeouts = reader.take_object("timeouts", listener_timeout_options());
  fill(listener_timeout_options(), defaults.timeouts, timeouts);
  listener.timeouts = timeouts_of(timeouts.options);
  read_access(reader, listener);
  read_proxy(reader, listener);
  return cap;
}

LimitSettings GuardReader::take_limits(ObjectReader& reader, const std::vector<OptionSpec>& specs) {
  LimitSettings limits;
  const Node* node = reader.take("limits");
  if (node == nullptr || !require_object("limits", *node, errors_)) return limits;
  ObjectReader members(*node, folder_, errors_);
  members.take_options(specs, limits.own);
  limits.per_source = members.take_object("per_source", source_limit_options());
  members.refuse_rest();
  return limits;
}

std::optional<MessageCap> GuardReader::read_limits(ObjectReader& reader, const LimitSettings& defaults,
                                                   ListenerConfig& listener) {
  Limits& limits = listener.limits;
  LimitSettings settings = take_limits(reader, listener_limit_options());
  fill(listener_limit_options(), defaults.own, settings.own);
  fill(source_limit_options(), defaults.per_source, settings.per_source);
  const Options& own = settings.own.options;
  set_quota(own, limits);
  limits.output = own.size("output");
  limits.on_limit = on_limit(own.text("on_limit"));
  limits.dry_run = own.flag("dry_run");
  set_quota(settings.per_source.options, limits.per_source);
  limits.per_source.loopback = settings.per_source.options.flag("loopback");
  read_datagram_limits(settings.own, listener.datagrams);
  if (!own.has("message")) return std::nullopt;
  return MessageCap{own.integer("message"), settings.own.places.at("message")};
}

void GuardReader::read_datagram_limits(const Settings& limits, DatagramLimits& datagrams) {
  datagrams.max_amplification = limits.options.size("max_amplification");
  try {
    for (const std::string& text : limits.options.texts("refused_ports")) {
      datagrams.refused_ports.push_back(parse_port_range(text));
    }
  } catch (const std::invalid_argument& error) {
    errors_.push_back({limits.places.at("refused_ports"), std::string("'refused_ports': ") + error.what()});
  }
}

void GuardReader::read_access(ObjectReader& reader, ListenerConfig& listener) {
  const Node* node = reader.take("access");
  if (node == nullptr || !require_object("access", *node, errors_)) return;
  ObjectReader members(*node, folder_, errors_);
  listener.access.allow = read_ranges(members.take("allow"), "allow");
  listener.access.deny = read_ranges(members.take("deny"), "deny");
  members.refuse_rest();
  if (has_transport(listener, Transport::unix_socket) &&
      !(listener.access.allow.empty() && listener.access.deny.empty())) {
    errors_.push_back({node->where,
                       "'access': found addresses, expected none with transport unix; who may connect say "
                       "'mode', 'owner' and 'group'"});
  }
}

void GuardReader::read_proxy(ObjectReader& reader, ListenerConfig& listener) {
  const OptionSpec& protocol = proxy_protocol_option();
  const Node* node = reader.take(protocol.name);
  const Node* from = reader.take("proxy_from");
  const std::size_t errors = errors_.size();
  listener.proxy.from = read_ranges(from, "proxy_from");
  const bool nobody = listener.proxy.from.empty() && errors_.size() == errors;
  if (node == nullptr) {
    if (from != nullptr) {
      errors_.push_back(
          {from->where, "'proxy_from' needs 'proxy_protocol', expected optional, required, or a plain off"});
    }
    return;
  }
  const std::optional<Options::Value> value = read_value(protocol, *node, folder_, errors_);
  if (!value) return;
  listener.proxy.protocol = proxy_protocol(std::get<std::string>(*value));
  if (listener.proxy.protocol == ProxyProtocol::off) return;
  if (has_transport(listener, Transport::unix_socket)) {
    errors_.push_back({node->where, "'proxy_protocol' needs transport tcp, found unix"});
    return;
  }
  if (nobody) {
    errors_.push_back(
        {node->where, "'proxy_protocol' needs 'proxy_from', expected the addresses of the proxies that are believed"});
  }
  const auto& transports = listener.transports;
  if (std::none_of(transports.begin(), transports.end(),
                   [](const TransportConfig& config) { return config.transport != Transport::udp; })) {
    errors_.push_back({node->where, "'proxy_protocol' needs a stream, expected transport tcp, found udp"});
  }
}

std::vector<AddressRange> GuardReader::read_ranges(const Node* node, const std::string& key) {
  std::vector<AddressRange> ranges;
  if (node == nullptr) return ranges;
  const std::optional<Options::Value> value = read_value(ranges_option(key), *node, folder_, errors_);
  if (!value) return ranges;
  const auto& texts = std::get<std::vector<std::string>>(*value);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    try {
      ranges.push_back(AddressRange::parse(texts[i]));
    } catch (const std::invalid_argument& error) {
      errors_.push_back({item_where(*node, i), in_quotes(key) + ": " + error.what()});
    }
  }
  return ranges;
}

}  // namespace netkit
