#include "config/sections/listener/address.h"

#include <sys/un.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/nearest.h"
#include "config/readers/value_reader.h"
#include "config/sections/listener/transport.h"

namespace netkit {
namespace {

constexpr std::size_t kLongestPath = sizeof(sockaddr_un::sun_path) - 1;

[[noreturn]] void refuse(const std::string& text, const std::string& why) {
  throw std::invalid_argument("address " + in_quotes(text) + ": " + why);
}

/// True for a text that can only be meant for another transport. A path of that name needs a '/' in front: ./host:1.
bool is_host_and_port(const std::string& text) {
  if (text.find('/') != std::string::npos) return false;
  try {
    parse_address(text);
    return true;
  } catch (const std::invalid_argument&) {
    return false;
  }
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

Address parse_listener_address(const std::string& text) {
  if (text.starts_with('/') || text.starts_with("./") || text.starts_with("../")) {
    refuse(text, "found a path, expected host:port or [v6]:port; a path needs transport unix");
  }
  Address address = parse_address(text);
  if (address.host == "localhost") address.host = "127.0.0.1";
  if (!address.ipv6 && address.host.find_first_not_of("0123456789.") != std::string::npos) {
    refuse(text, "found host name " + in_quotes(address.host) + ", expected a numeric address or localhost");
  }
  return address;
}

Address parse_socket_path(const std::string& text, const std::string& folder) {
  constexpr const char* kExpected = "expected the path of a socket, such as /run/netkit/local.sock";
  if (text.empty()) refuse(text, std::string("found no path, ") + kExpected);
  refuse_url(text);
  if (is_host_and_port(text)) refuse(text, std::string("found a host and a port, ") + kExpected);
  if (std::any_of(text.begin(), text.end(), is_control)) refuse(text, "found a control character, expected none");
  std::string path = absolute_path(text, folder);
  if (text.ends_with('/')) refuse(text, std::string("found a folder, ") + kExpected);
  if (path.size() > kLongestPath) {
    refuse(text, "found a path of " + std::to_string(path.size()) + " bytes, expected " + std::to_string(kLongestPath) +
                     " at most, folder included");
  }
  return {.host = {}, .path = std::move(path)};
}

void read_address(ObjectReader& reader, ListenerConfig& listener) {
  const bool is_path = has_transport(listener, Transport::unix_socket);
  const Node* node = reader.require("address", is_path ? "the path of a socket" : "host:port or [v6]:port");
  if (node == nullptr) return;
  const std::optional<std::string> text = reader.read_text("address", *node);
  if (!text || mixes_addresses(listener)) return;
  try {
    listener.address = is_path ? parse_socket_path(*text, reader.folder()) : parse_listener_address(*text);
    listener.address_where = node->where;
  } catch (const std::invalid_argument& error) {
    reader.fail(node->where, error.what());
  }
}

}  // namespace netkit
