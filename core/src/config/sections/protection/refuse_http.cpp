#include "config/sections/protection/refuse_http.h"

#include <algorithm>
#include <optional>

namespace netkit {
namespace {

/// Null if the listener has no connections.
const TransportConfig* stream_transport(const ListenerConfig& listener) {
  const auto& transports = listener.transports;
  const auto found = std::find_if(transports.begin(), transports.end(),
                                  [](const auto& one) { return one.transport != Transport::udp; });
  return found == transports.end() ? nullptr : &*found;
}

bool reads_http(PluginLoader& loader, const std::string& framing) {
  return !framing.empty() && loader.framing(framing)->reads_http;
}

}  // namespace

const OptionTable<ListenerConfig>& refuse_http_options() {
  static const OptionTable<ListenerConfig> table({
      {{.name = "refuse_http",
        .type = OptionType::flag,
        .help = "whether connections that begin with an HTTP request end"},
       [](const ListenerConfig& listener) -> std::optional<Options::Value> {
         if (!listener.refuse_http) return std::nullopt;
         return *listener.refuse_http;
       },
       [](ListenerConfig& listener, const Options::Value& value) { listener.refuse_http = std::get<bool>(value); }},
  });
  return table;
}

void read_refuse_http(ObjectReader& reader, PluginLoader& loader, ListenerConfig& listener) {
  const PlacedOptions given = reader.take_options(refuse_http_options().specs());
  const TransportConfig* stream = stream_transport(listener);
  if (stream != nullptr) listener.refuse_http = !reads_http(loader, stream->framing.in.type);
  if (given.places.empty()) return;
  const Position& where = given.places.at("refuse_http");
  if (stream == nullptr) {
    if (listener.transports.empty()) return;  // reported already
    reader.fail(where, "'refuse_http' needs transport tcp, tls or unix, found udp");
    return;
  }
  const bool is_http = !*listener.refuse_http;
  refuse_http_options().apply(given, listener, reader.errors());
  if (is_http && *listener.refuse_http) {
    reader.fail(where, "'refuse_http': found true, expected false beside a framing whose messages are HTTP requests");
  }
}

}  // namespace netkit
