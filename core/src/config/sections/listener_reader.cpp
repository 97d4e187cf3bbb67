#include "config/sections/listener_reader.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "base/nearest.h"
#include "config/load.h"
#include "config/sections/exposure.h"
#include "config/sections/framing_reader.h"
#include "config/sections/option_tables.h"
#include "config/sections/tls_reader.h"
#include "config/sections/unix_socket.h"
#include "config/values/value_reader.h"

namespace netkit {
namespace {

constexpr std::string_view kNameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

constexpr std::array kTransports = {Transport::tcp, Transport::udp, Transport::tls, Transport::unix_socket};

OptionSpec text_spec(const char* name) {
  return {.name = name, .type = OptionType::text, .fallback = "", .help = "", .choices = {}};
}

const std::vector<std::string>& transport_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all(kTransports.size());
    std::transform(kTransports.begin(), kTransports.end(), all.begin(), [](Transport each) { return to_string(each); });
    return all;
  }();
  return names;
}

std::optional<Transport> find_transport(const std::string& name) {
  for (const Transport transport : kTransports) {
    if (name == to_string(transport)) return transport;
  }
  return std::nullopt;
}

/// The address a listener binds. A name that must be looked up is refused: it may stand for several.
Address parse_listener_address(const std::string& text) {
  if (text.starts_with('/') || text.starts_with("./") || text.starts_with("../")) {
    throw std::invalid_argument("address " + in_quotes(text) +
                                ": found a path, expected host:port or [v6]:port; a path needs transport unix");
  }
  Address address = parse_address(text);
  if (address.host == "localhost") address.host = "127.0.0.1";
  if (!address.ipv6 && address.host.find_first_not_of("0123456789.") != std::string::npos) {
    throw std::invalid_argument("address " + in_quotes(text) + ": found host name " + in_quotes(address.host) +
                                ", expected a numeric address or localhost");
  }
  return address;
}

/// A transport that the listener has already and that needs the same socket, or null.
const TransportConfig* rival_of(const ListenerConfig& listener, Transport transport) {
  const auto found =
      std::find_if(listener.transports.begin(), listener.transports.end(),
                   [&](const TransportConfig& config) { return socket_of(config.transport) == socket_of(transport); });
  return found == listener.transports.end() ? nullptr : &*found;
}

/// True where one transport wants a path and another a host and a port.
bool mixes_addresses(const ListenerConfig& listener) {
  return has_transport(listener, Transport::unix_socket) && listener.transports.size() > 1;
}

}  // namespace

const char* to_string(Transport transport) {
  switch (transport) {
    case Transport::tcp:
      return "tcp";
    case Transport::udp:
      return "udp";
    case Transport::tls:
      return "tls";
    case Transport::unix_socket:
      break;
  }
  return "unix";
}

bool has_transport(const ListenerConfig& listener, Transport transport) {
  return std::any_of(listener.transports.begin(), listener.transports.end(),
                     [&](const TransportConfig& config) { return config.transport == transport; });
}

ListenerConfig ListenerReader::read(const Node& node) {
  ListenerConfig listener;
  listener.where = node.where;
  ObjectReader reader(node, folder_, errors_);
  read_name(reader, listener);
  read_transports(reader, listener);
  read_address(reader, listener);
  read_socket(reader, listener);
  const Node* framing = reader.take("framing");
  const HandlerType* type = read_handler(reader, listener);
  read_tls(reader, folder_, listener, errors_);
  const std::optional<MessageCap> cap = GuardReader(folder_, errors_).read_listener(reader, defaults_, listener);
  FramingReader(choices_, folder_, errors_).read(framing, node.where, cap, listener.transports);
  reader.refuse_rest();
  const bool has_address = !listener.address.host.empty() || !listener.address.path.empty();
  if (type != nullptr && has_address) check_exposure(*type, listener, errors_);
  return listener;
}

std::optional<std::string> ListenerReader::text(const char* key, const Node* node) {
  if (node == nullptr) return std::nullopt;
  std::optional<Options::Value> value = read_value(text_spec(key), *node, folder_, errors_);
  if (!value) return std::nullopt;
  return std::get<std::string>(std::move(*value));
}

void ListenerReader::read_name(ObjectReader& reader, ListenerConfig& listener) {
  const Node* node = reader.require("name", "a name of letters, digits, '.', '_' and '-'");
  const std::optional<std::string> name = text("name", node);
  if (!name) return;
  if (name->empty() || name->find_first_not_of(kNameCharacters) != std::string::npos) {
    errors_.push_back(
        {node->where, "'name': found " + in_quotes(*name) + ", expected letters, digits, '.', '_' and '-'"});
    return;
  }
  listener.name = *name;
  listener.where = node->where;
}

void ListenerReader::read_transports(ObjectReader& reader, ListenerConfig& listener) {
  const Node* node = reader.take("transport");
  if (node == nullptr) {
    listener.transports.push_back({Transport::tcp, {}});
    return;
  }
  OptionSpec spec = text_spec("transport");
  spec.type = OptionType::texts;
  const std::optional<Options::Value> value = read_value(spec, *node, folder_, errors_);
  if (!value) return;
  const auto& names = std::get<std::vector<std::string>>(*value);
  if (names.empty()) {
    errors_.push_back({node->where,
                       "'transport': found an empty list, expected tcp, udp, tls, unix, or udp beside tcp "
                       "or tls"});
  }
  for (std::size_t i = 0; i < names.size(); ++i) add_transport(names[i], item_where(*node, i), listener);
  if (mixes_addresses(listener)) {
    errors_.push_back({node->where,
                       "'transport': found unix beside another one, expected it alone: it has a path for "
                       "an address"});
  }
}

void ListenerReader::add_transport(const std::string& name, const Position& where, ListenerConfig& listener) {
  const std::optional<Transport> transport = find_transport(name);
  if (!transport) {
    errors_.push_back({where, "unknown transport " + in_quotes(name) + suggest(name, transport_names())});
    return;
  }
  if (const TransportConfig* rival = rival_of(listener, *transport)) {
    const std::string other = to_string(rival->transport);
    errors_.push_back({where, other == name ? "'transport': found " + name + " twice, expected it once"
                                            : "'transport': found " + other + " and " + name +
                                                  ", expected one of them, as both need the TCP port"});
    if (other == name) return;
  }
  listener.transports.push_back({*transport, {}});
}

void ListenerReader::read_address(ObjectReader& reader, ListenerConfig& listener) {
  const bool is_path = has_transport(listener, Transport::unix_socket);
  const Node* node = reader.require("address", is_path ? "the path of a socket" : "host:port or [v6]:port");
  const std::optional<std::string> address = text("address", node);
  if (!address || mixes_addresses(listener)) return;
  try {
    listener.address = is_path ? parse_socket_path(*address, folder_) : parse_listener_address(*address);
    listener.address_where = node->where;
  } catch (const std::invalid_argument& error) {
    errors_.push_back({node->where, error.what()});
  }
}

/// What is known of a Unix socket beside its path; it is wrong with any other transport.
void ListenerReader::read_socket(ObjectReader& reader, ListenerConfig& listener) {
  Settings settings;
  reader.take_options(socket_options(), settings);
  if (!has_transport(listener, Transport::unix_socket) && !listener.transports.empty()) {
    for (const auto& [key, where] : settings.places) {
      errors_.push_back(
          {where, in_quotes(key) + " needs transport unix, found " + to_string(listener.transports.front().transport)});
    }
    return;
  }
  if (settings.options.has("owner")) listener.socket.owner = settings.options.text("owner");
  if (settings.options.has("group")) listener.socket.group = settings.options.text("group");
  if (!settings.options.has("mode")) return;
  try {
    listener.socket.mode = parse_mode(settings.options.text("mode"));
  } catch (const std::invalid_argument& error) {
    errors_.push_back({settings.places.at("mode"), std::string("'mode': ") + error.what()});
  }
}

const HandlerType* ListenerReader::read_handler(ObjectReader& reader, ListenerConfig& listener) {
  const Node* node = reader.require("handler", "the name of a handler, or an object with 'type' and its options");
  if (node == nullptr) return nullptr;
  const HandlerType* type = choices_.handler(*node, listener.handler);
  if (type != nullptr && type->needs_stream && has_transport(listener, Transport::udp)) {
    errors_.push_back({listener.handler.where,
                       "handler " + in_quotes(type->name) + " needs a stream, expected transport tcp, found udp"});
  }
  return type;
}

}  // namespace netkit
