#include "config/sections/server/user.h"

#include <vector>

#include "config/readers/option_table.h"
#include "netkit/account.h"

namespace netkit {

const OptionTable<ServerConfig>& debuggable_options() {
  static const OptionTable<ServerConfig> table({bind_option<ServerConfig>(
      {.name = "debuggable",
       .type = OptionType::flag,
       .help = "whether other processes of the same user may look into the server, and a crash leaves a core dump"},
      &ServerConfig::debuggable)});
  return table;
}

const OptionTable<ServerConfig>& user_options() {
  static const OptionTable<ServerConfig> table({
      bind_option<ServerConfig>({.name = "user",
                                 .type = OptionType::user,
                                 .help = "the user that the server runs as once it has bound its sockets as root"},
                                &ServerConfig::user),
      bind_option<ServerConfig>(
          {.name = "group", .type = OptionType::group, .help = "likewise; unset: the user's first group"},
          &ServerConfig::group),
  });
  return table;
}

void read_user(ObjectReader& server, ServerConfig& config) {
  debuggable_options().apply(server.take_options(debuggable_options().specs()), config, server.errors());
  const PlacedOptions given = server.take_options(user_options().specs());
  if (given.places.empty()) return;
  user_options().apply(given, config, server.errors());
  config.identity = find_identity(config.user, config.group, current_identity());
  config.identity_where = given.places.at(given.options.has("user") ? "user" : "group");
}

}  // namespace netkit
