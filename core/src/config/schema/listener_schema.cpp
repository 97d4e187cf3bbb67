#include "config/schema/listener_schema.h"

#include <string>
#include <utility>
#include <vector>

#include "config/model/config.h"
#include "config/schema/transport_rules.h"
#include "config/sections/listener/udp_sessions.h"
#include "config/sections/listener/unix_socket.h"
#include "config/sections/protection/limits.h"
#include "config/sections/protection/proxy.h"
#include "config/sections/protection/refuse_http.h"
#include "config/sections/protection/timeouts.h"
#include "config/sections/protection/tls.h"
#include "config/values/transport.h"

namespace netkit {
namespace {

Schema described_reference(const char* description, const char* definition) {
  return described(description, {{"allOf", Schema::array({reference(definition)})}});
}

Schema transport_schema() {
  const Schema names = {{"enum", transport_names()}};
  return {{"description", "over what peers come: one, or a list of udp and one of tcp and tls"},
          {"default", to_string(Transport::tcp)},
          {"anyOf",
           {names, {{"type", "array"}, {"items", names}, {"minItems", 1}, {"maxItems", 2}, {"uniqueItems", true}}}}};
}

/// One framing for all transports, or one for each of them.
Schema framing_by_transport_schema() {
  Schema each = Schema::object();
  std::vector<Schema> any;
  for (const std::string& transport : transport_names()) {
    each[transport] = reference(kFramingDefinition);
    any.push_back({{"required", {transport}}});
  }
  return {{"description", "how messages are told apart; the default is datagram on UDP, else raw"},
          {"if", {{"type", "object"}, {"anyOf", any}}},
          {"then", object_schema(std::move(each))},
          {"else", reference(kFramingDefinition)}};
}

/// The defaults of datagrams are shown too.
ListenerConfig any_listener() {
  ListenerConfig listener;
  listener.transports.push_back({Transport::udp, {}});
  return listener;
}

Schema listener_limits_schema() {
  Schema properties = properties_of(listener_limit_options(), any_listener());
  properties["per_source"] = source_limits_schema();
  return described("how much is let in; what is not here is as the `limits` of the top level have it",
                   object_schema(std::move(properties)));
}

Schema ranges_schema(const char* description) {
  const Schema range = {{"type", "string"}, {"pattern", "^[0-9A-Fa-f.:]+(/[0-9]{1,3})?$"}};
  return described(description, texts_schema(range));
}

Schema access_schema() {
  Schema properties = {{"allow", ranges_schema("ranges of addresses; if there are any, only these may connect")},
                       {"deny", ranges_schema("ranges of addresses that may not connect, whatever `allow` says")}};
  return described("who may connect, by address", object_schema(std::move(properties)));
}

Schema tls_schema() {
  Schema schema =
      described("certificates, for transport tls or a handler that starts TLS itself", section_schema(tls_options()));
  schema["dependencies"] = {{"client_names", {"client_ca"}}};
  return schema;
}

Schema listener_properties() {
  Schema properties = {
      {"name", pattern_schema("^[A-Za-z0-9._-]+$", "no two listeners have the same")},
      {"transport", transport_schema()},
      {"address", {{"description", "host:port, [v6]:port, or the path of a Unix socket"}, {"type", "string"}}},
      {"framing", framing_by_transport_schema()},
      {"handler", described_reference("what answers the messages", "handler")},
      {"filters",
       {{"description", "what stands around the handler, the outermost first"},
        {"type", "array"},
        {"items", reference("filter")},
        {"uniqueItems", true}}},
      {"tls", tls_schema()},
      {"limits", listener_limits_schema()},
      {"timeouts", described("how long; what is not here is as the `timeouts` of the top level have it",
                             section_schema(timeout_options()))},
      {"udp_sessions", described("each UDP peer is one conversation", section_schema(udp_session_options()))},
      {"access", access_schema()},
      {"proxy_from", ranges_schema("ranges of addresses of the proxies that are believed")}};
  properties.update(properties_of(socket_options()));
  properties.update(properties_of(proxy_options()));
  properties.update(properties_of(refuse_http_options(), any_listener()));
  return properties;
}

}  // namespace

Schema numeric_address_schema(const std::string& description) {
  const std::string port = "0*([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])";
  const std::string byte = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
  const std::string host = "(localhost|" + byte + "(\\." + byte + "){3}|\\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\\])";
  return pattern_schema("^" + host + ":" + port + "$", description);
}

Schema source_limits_schema() {
  return described("limits of one source: an IPv4 address, an IPv6 /64, or a user of a Unix socket",
                   section_schema(source_limit_options()));
}

Schema listener_schema(const TypeRegistry& registry) {
  Schema schema = object_schema(listener_properties(), {"name", "address", "handler"});
  schema["allOf"] = transport_rules(registry);
  return schema;
}

}  // namespace netkit
