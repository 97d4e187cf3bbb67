#include "config/sections/server/admin.h"

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/nearest.h"
#include "config/readers/value_reader.h"
#include "config/sections/listener/address.h"
#include "config/sections/listener/unix_socket.h"

namespace netkit {
namespace {

/// Nothing, and an error, if the member is there but cannot be used.
std::optional<Address> read_admin_address(ObjectReader& reader, const std::string& key, bool may_be_path) {
  const Node* node = reader.take(key);
  if (node == nullptr) return std::nullopt;
  const std::optional<std::string> text = reader.read_text(key, *node);
  if (!text) return std::nullopt;
  try {
    const bool is_path = may_be_path && text->find('/') != std::string::npos;
    Address address = is_path ? parse_socket_path(*text, reader.folder()) : parse_listener_address(*text);
    if (is_of_this_machine(address)) return address;
    reader.fail(node->where, "'" + key + "': found " + in_quotes(*text) +
                                 ", expected an address of this machine alone, such as 127.0.0.1:9464" +
                                 (may_be_path ? ", or the path of a socket" : ""));
  } catch (const std::invalid_argument& error) {
    reader.fail(node->where, error.what());
  }
  return std::nullopt;
}

void read_members(ObjectReader& reader, AdminConfig& admin) {
  admin.where = reader.where();
  const std::optional<Address> address = read_admin_address(reader, "address", true);
  admin.address = address;
  admin.metrics = read_admin_address(reader, "metrics", false);
  admin_options().apply(reader.take_options(admin_options().specs()), admin, reader.errors());
  const PlacedOptions access = reader.take_options(socket_options().specs());
  if (!address || !address->path.empty()) {
    socket_options().apply(access, admin.socket, reader.errors());
    return;
  }
  for (const auto& [key, where] : access.places) {
    reader.fail(where, in_quotes(key) + " needs the path of a socket as 'address', found " + to_string(*address));
  }
}

}  // namespace

const OptionTable<AdminConfig>& admin_options() {
  static const OptionTable<AdminConfig> table({
      bind_option<AdminConfig>({.name = "token_file",
                                .type = OptionType::path,
                                .help = "the token that changes over TCP have to bring, alone in a file"},
                               &AdminConfig::token_file),
      bind_option<AdminConfig>({.name = "hosts",
                                .type = OptionType::texts,
                                .help = "names besides localhost and numeric addresses that requests may be for"},
                               &AdminConfig::hosts),
  });
  return table;
}

void read_admin(ObjectReader& server, ServerConfig& config) {
  std::optional<ObjectReader> reader = server.take_object("admin");
  if (!reader) return;
  AdminConfig admin;
  const std::size_t errors = server.errors().size();
  read_members(*reader, admin);
  reader->refuse_rest();
  if (!admin.address && !admin.metrics && server.errors().size() == errors)
    server.fail(reader->where(), "'admin': found neither 'address' nor 'metrics', expected one of them");
  config.admin = std::move(admin);
}

}  // namespace netkit
