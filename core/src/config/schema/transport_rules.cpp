#include "config/schema/transport_rules.h"

#include <map>
#include <string>
#include <vector>

#include "config/schema/listener_schema.h"
#include "config/schema/type_schemas.h"
#include "config/values/transport.h"

namespace netkit {
namespace {

Schema has(const std::string& key) { return {{"required", {key}}}; }

Schema negate(const Schema& schema) { return {{"not", schema}}; }

Schema has_none_of(const std::vector<std::string>& keys) {
  std::vector<Schema> each;
  each.reserve(keys.size());
  for (const std::string& key : keys) each.push_back(has(key));
  return negate({{"anyOf", each}});
}

Schema property(const std::string& key, const Schema& value) { return {{"properties", {{key, value}}}}; }

Schema rule(const Schema& condition, const Schema& consequence) { return {{"if", condition}, {"then", consequence}}; }

/// A listener that has a transport; tcp is the one of those that say nothing.
Schema on(Transport transport) {
  const Schema name = {{"const", to_string(transport)}};
  Schema said = property("transport", {{"anyOf", {name, {{"type", "array"}, {"contains", name}}}}});
  if (transport == Transport::tcp) return said;
  return {{"allOf", {has("transport"), said}}};
}

Schema on_any(const std::vector<Transport>& transports) {
  std::vector<Schema> each;
  each.reserve(transports.size());
  for (const Transport transport : transports) each.push_back(on(transport));
  return {{"anyOf", each}};
}

template <class Type>
std::vector<std::string> names_of(const std::map<std::string, Type>& types, bool Type::*property) {
  std::vector<std::string> names;
  for (const auto& [name, type] : types) {
    if (type.*property) names.push_back(name);
  }
  return names;
}

/// The framings of a listener, or of a transport, with no datagrams in them.
Schema framing_without_datagrams(const TypeRegistry& registry) {
  const Schema datagrams = any_of_types(names_of(registry.framings(), &FramingType::needs_datagrams));
  std::vector<Schema> any = {datagrams};
  for (const char* direction : {"in", "out"})
    any.push_back({{"allOf", {{{"type", "object"}}, has(direction), property(direction, datagrams)}}});
  return negate({{"anyOf", any}});
}

/// Of the framings by transport, a listener has those of its transports and no others.
void add_framing_rules(const TypeRegistry& registry, Schema& rules) {
  const Schema without = framing_without_datagrams(registry);
  std::vector<Schema> any;
  for (const std::string& name : transport_names()) any.push_back(has(name));
  const Schema by_transport = {{"type", "object"}, {"anyOf", any}};
  for (const std::string& name : transport_names()) {
    const Transport transport = find_transport(name).value();
    rules.push_back(rule(on(transport), property("framing", rule(by_transport, has(name)))));
    rules.push_back(rule(negate(on(transport)), property("framing", rule({{"type", "object"}}, negate(has(name))))));
    if (transport == Transport::udp) continue;
    Schema each = rule(by_transport, property(name, without));
    each["else"] = without;
    rules.push_back(rule(on(transport), property("framing", each)));
  }
}

void add_unix_rules(Schema& rules) {
  const Schema path = {{"type", "string"}, {"minLength", 1}, {"not", {{"pattern", "^[^/]*:[0-9]+$|/$"}}}};
  rules.push_back({{"if", on(Transport::unix_socket)},
                   {"then", property("address", path)},
                   {"else", property("address", numeric_address_schema("host:port or [v6]:port"))}});
  rules.push_back(rule(negate(on(Transport::unix_socket)), has_none_of({"mode", "owner", "group"})));
  rules.push_back(
      rule(on(Transport::unix_socket), property("transport", {{"anyOf", {{{"type", "string"}}, {{"maxItems", 1}}}}})));
}

void add_datagram_rules(const TypeRegistry& registry, Schema& rules) {
  const Schema streams = any_of_types(names_of(registry.handlers(), &HandlerType::needs_stream));
  const Schema talkers = any_of_types(names_of(registry.handlers(), &HandlerType::needs_conversation));
  rules.push_back({{"if", on(Transport::udp)},
                   {"then", property("handler", negate(streams))},
                   {"else", negate(has("udp_sessions"))}});
  rules.push_back(
      rule({{"allOf", {on(Transport::udp), negate(has("udp_sessions"))}}}, property("handler", negate(talkers))));
  rules.push_back(
      rule(negate(on_any({Transport::tcp, Transport::tls, Transport::unix_socket})), has_none_of({"refuse_http"})));
}

void add_tls_rules(const TypeRegistry& registry, Schema& rules) {
  const Schema starters = any_of_types(names_of(registry.handlers(), &HandlerType::starts_tls));
  rules.push_back({{"if", on(Transport::tls)},
                   {"then", has("tls")},
                   {"else", rule(has("tls"), {{"allOf", {on(Transport::tcp), property("handler", starters)}}})}});
  rules.push_back(negate({{"allOf", {on(Transport::tcp), on(Transport::tls)}}}));
}

void add_proxy_rules(Schema& rules) {
  const Schema wanted = {{"allOf", {has("proxy_protocol"), property("proxy_protocol", {{"not", {{"const", "off"}}}})}}};
  rules.push_back(rule(wanted, {{"allOf", {has("proxy_from"), on_any({Transport::tcp, Transport::tls})}}}));
  rules.push_back(rule(has("proxy_from"), has("proxy_protocol")));
}

}  // namespace

Schema transport_rules(const TypeRegistry& registry) {
  Schema rules = Schema::array();
  add_unix_rules(rules);
  add_datagram_rules(registry, rules);
  add_tls_rules(registry, rules);
  add_proxy_rules(rules);
  add_framing_rules(registry, rules);
  return rules;
}

}  // namespace netkit
