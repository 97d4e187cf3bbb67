#include "config/sections/listener/unix_socket.h"

#include <string>
#include <utility>
#include <vector>

#include "base/nearest.h"
#include "config/values/file_mode.h"

namespace netkit {
namespace {

OptionRow<SocketAccess> mode_row() {
  OptionSpec spec{.name = "mode", .type = OptionType::text, .help = "permissions of the socket's file, in octal"};
  return {std::move(spec), [](const SocketAccess& socket) { return mode_text(socket.mode); },
          [](SocketAccess& socket, const Options::Value& value) {
            socket.mode = parse_mode(std::get<std::string>(value));
          }};
}

}  // namespace

const OptionTable<SocketAccess>& socket_options() {
  static const OptionTable<SocketAccess> table({
      mode_row(),
      bind_option<SocketAccess>({.name = "owner",
                                 .type = OptionType::user,
                                 .help = "the owner of the file; unset: the user that the server runs as"},
                                &SocketAccess::owner),
      bind_option<SocketAccess>(
          {.name = "group", .type = OptionType::group, .help = "the file's group; unset: the owner's first"},
          &SocketAccess::group),
  });
  return table;
}

void read_unix_socket(ObjectReader& reader, ListenerConfig& listener) {
  const PlacedOptions given = reader.take_options(socket_options().specs());
  if (has_transport(listener, Transport::unix_socket) || listener.transports.empty()) {
    socket_options().apply(given, listener.socket, reader.errors());
    return;
  }
  const std::string found = to_string(listener.transports.front().transport);
  for (const auto& [key, where] : given.places) {
    reader.fail(where, in_quotes(key) + " needs transport unix, found " + found);
  }
}

}  // namespace netkit
