#include "config/sections/listener/listener.h"

#include <optional>
#include <string>
#include <string_view>

#include "base/nearest.h"
#include "config/readers/choice_reader.h"
#include "config/sections/listener/address.h"
#include "config/sections/listener/filters.h"
#include "config/sections/listener/framing.h"
#include "config/sections/listener/transport.h"
#include "config/sections/listener/udp_sessions.h"
#include "config/sections/listener/unix_socket.h"
#include "config/sections/protection/access.h"
#include "config/sections/protection/exposure.h"
#include "config/sections/protection/proxy.h"
#include "config/sections/protection/refuse_http.h"
#include "config/sections/protection/timeouts.h"
#include "config/sections/protection/tls.h"

namespace netkit {
namespace {

constexpr std::string_view kNameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

void read_name(ObjectReader& reader, ListenerConfig& listener) {
  const Node* node = reader.require("name", "a name of letters, digits, '.', '_' and '-'");
  if (node == nullptr) return;
  const std::optional<std::string> name = reader.read_text("name", *node);
  if (!name) return;
  if (name->empty() || name->find_first_not_of(kNameCharacters) != std::string::npos) {
    reader.fail(node->where, "'name': found " + in_quotes(*name) + ", expected letters, digits, '.', '_' and '-'");
    return;
  }
  listener.name = *name;
  listener.where = node->where;
}

/// Null, with an error, if there is no such handler or its options are wrong.
const HandlerType* read_handler(ObjectReader& reader, ChoiceReader& choices, ListenerConfig& listener) {
  const Node* node = reader.require("handler", "the name of a handler, or an object with 'type' and its options");
  if (node == nullptr) return nullptr;
  const HandlerType* type = choices.handler(*node, listener.handler);
  if (type != nullptr && type->needs_stream && has_transport(listener, Transport::udp)) {
    reader.fail(listener.handler.where,
                "handler " + in_quotes(type->name) + " needs a stream, expected transport tcp, found udp");
  }
  if (type != nullptr && type->needs_conversation && has_transport(listener, Transport::udp) &&
      !listener.udp_sessions) {
    reader.fail(listener.handler.where,
                "handler " + in_quotes(type->name) +
                    " needs conversations, expected 'udp_sessions' beside transport udp, found none");
  }
  return type;
}

}  // namespace

ListenerConfig read_listener(ObjectReader& reader, PluginLoader& loader, const ListenerDefaults& defaults) {
  ListenerConfig listener;
  listener.where = reader.where();
  ChoiceReader choices(loader, reader.folder(), reader.errors());
  read_name(reader, listener);
  read_transport(reader, listener);  // before the keys that depend on the transports
  read_address(reader, listener);
  read_unix_socket(reader, listener);
  read_udp_sessions(reader, listener);
  const Node* framing = reader.take("framing");
  const HandlerType* handler = read_handler(reader, choices, listener);
  read_filters(reader, choices, listener);
  read_tls(reader, handler, listener);
  const std::optional<MessageCap> cap = read_listener_limits(reader, defaults.limits, listener);
  read_listener_timeouts(reader, defaults.timeouts, listener.timeouts);
  read_access(reader, listener);
  read_proxy(reader, listener);
  FramingReader(choices, reader.folder(), reader.errors()).read(framing, reader.where(), cap, listener.transports);
  read_refuse_http(reader, loader, listener);
  reader.refuse_rest();
  const bool has_address = !listener.address.host.empty() || !listener.address.path.empty();
  if (handler != nullptr && has_address) check_exposure(*handler, listener, reader.errors());
  return listener;
}

}  // namespace netkit
