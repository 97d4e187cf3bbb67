#include "config/schema/config_schema.h"

#include <utility>

#include "config/schema/listener_schema.h"
#include "config/schema/option_schema.h"
#include "config/schema/type_schemas.h"
#include "config/sections/listener/unix_socket.h"
#include "config/sections/protection/limits.h"
#include "config/sections/protection/timeouts.h"
#include "config/sections/server/admin.h"
#include "config/sections/server/event_loops.h"
#include "config/sections/server/log.h"
#include "config/sections/server/user.h"
#include "config/sections/server/worker_threads.h"

namespace netkit {
namespace {

constexpr const char* kDialect = "http://json-schema.org/draft-07/schema#";

/// The totals are shown with the defaults of the server, the others with those that listeners begin with.
Schema limits_schema() {
  ListenerConfig listener;
  listener.transports.push_back({Transport::udp, {}});
  Schema properties = properties_of(listener_limit_options(), listener);
  properties.update(properties_of(total_limit_options(), ServerLimits()));
  properties["per_source"] = source_limits_schema();
  return described("of all listeners together, and the defaults of each", object_schema(std::move(properties)));
}

Schema timeouts_schema() {
  Schema properties = properties_of(timeout_options());
  properties.update(properties_of(server_timeout_options()));
  return described("the defaults of the listeners, and how the server ends", object_schema(std::move(properties)));
}

Schema admin_schema() {
  Schema properties = {
      {"address",
       {{"description", "of this machine alone: the path of a Unix socket, or host:port"}, {"type", "string"}}},
      {"metrics", numeric_address_schema("a second address, with /metrics, /healthz and /readyz alone")}};
  properties.update(properties_of(admin_options()));
  properties.update(properties_of(socket_options()));
  Schema schema = described("the endpoint for operators", object_schema(std::move(properties)));
  schema["anyOf"] = {{{"required", {"address"}}}, {{"required", {"metrics"}}}};
  return schema;
}

Schema listeners_schema(const TypeRegistry& registry) {
  return {{"description", "what is served"}, {"type", "array"}, {"minItems", 1}, {"items", listener_schema(registry)}};
}

Schema server_properties(const TypeRegistry& registry) {
  Schema properties = {
      {"$schema", {{"description", "where editors find this schema; the server ignores it"}, {"type", "string"}}},
      {"plugin_path", described("folders of plugins, searched before netkit's own", texts_schema())},
      {"plugins", described("plugins that are loaded whether or not a name asks for them", texts_schema())}};
  properties.update(properties_of(user_options(), ServerConfig()));
  properties.update(properties_of(debuggable_options()));
  properties["event_loops"] = described("what moves the bytes", section_schema(event_loop_options()));
  properties.update(properties_of(worker_options()));
  properties["log"] = described("where the log goes, and what is in it", section_schema(log_options()));
  properties["admin"] = admin_schema();
  properties["limits"] = limits_schema();
  properties["timeouts"] = timeouts_schema();
  properties["listeners"] = listeners_schema(registry);
  return properties;
}

}  // namespace

Schema config_schema(const TypeRegistry& registry) {
  Schema schema = {{"$schema", kDialect}, {"title", "A config of netkit-server"}};
  schema.update(object_schema(server_properties(registry), {"listeners"}));
  schema["definitions"] = type_definitions(registry);
  return schema;
}

std::string print_schema(const TypeRegistry& registry) {
  return config_schema(registry).dump(2, ' ', false, Schema::error_handler_t::replace) + "\n";
}

}  // namespace netkit
