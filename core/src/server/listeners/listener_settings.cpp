#include "server/listeners/listener_settings.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "plugin/codec_maker.h"

namespace netkit {
namespace {

DatagramRules datagram_rules(const ListenerConfig& config) {
  DatagramRules rules;
  rules.max_amplification = config.datagrams.max_amplification;
  rules.max_answers = config.datagrams.max_answers;
  rules.service_rate = BucketSize(config.datagrams.service_rate);
  for (const PortRange& range : config.datagrams.refused_ports) rules.refused_ports.add(range.first, range.last);
  return rules;
}

/// The libraries of the handler, the filters and all framings that the listener names.
std::vector<std::shared_ptr<const void>> plugins_of(const ListenerConfig& config, const FramingChoice& framing,
                                                    PluginLoader& loader) {
  std::vector<std::shared_ptr<const void>> plugins{loader.handler_library(config.handler.type),
                                                   loader.framing_library(framing.in.type),
                                                   loader.framing_library(framing.out.type)};
  for (const Choice& filter : config.filters) plugins.push_back(loader.filter_library(filter.type));
  for (const auto& [option, chosen] : config.handler.framings) {
    plugins.push_back(loader.framing_library(chosen->in.type));
    plugins.push_back(loader.framing_library(chosen->out.type));
  }
  return plugins;
}

Protocol protocol_of(const ListenerConfig& config, const TransportConfig& transport, const SharedParts& shared,
                     PluginLoader& loader) {
  const FramingChoice& framing = transport.framing;
  const Framing codecs = make_framing({*loader.framing(framing.in.type), framing.in.options},
                                      {*loader.framing(framing.out.type), framing.out.options});
  Protocol protocol;
  protocol.plugins = plugins_of(config, framing, loader);
  protocol.make_codec = [codecs] { return codecs.make(); };
  protocol.handler = {shared.handler, shared.handler->outermost().get()};
  const CallBounds bounds = protocol.handler->call_bounds();
  protocol.open_calls = std::max<std::size_t>(1, bounds.open);
  protocol.untimed_replies = bounds.untimed;
  protocol.call_limiter = shared.call_limiter;
  protocol.output_limit = config.limits.output;
  if (transport.transport == Transport::udp) protocol.most_answers = config.datagrams.max_answers;
  return protocol;
}

}  // namespace

ListenerSettings make_settings(const ListenerConfig& config, const TransportConfig& transport,
                               const SharedParts& shared, PluginLoader& loader) {
  ListenerSettings settings{.name = config.name,
                            .protocol = protocol_of(config, transport, shared, loader),
                            .limits = config.limits,
                            .timeouts = config.timeouts,
                            .datagrams = datagram_rules(config),
                            .transport = to_string(transport.transport),
                            .call_limiter = shared.call_limiter,
                            .access = config.access,
                            .proxy = config.proxy,
                            .refuse_http = config.refuse_http.value_or(false)};
  settings.protocol.can_start_tls = transport.transport == Transport::tcp && shared.tls != nullptr;
  if (settings.protocol.can_start_tls || transport.transport == Transport::tls) settings.tls = shared.tls;
  if (transport.transport == Transport::udp && config.udp_sessions) {
    settings.datagrams.most_conversations = config.udp_sessions->max;
    settings.timeouts.idle = config.udp_sessions->idle;
  }
  return settings;
}

}  // namespace netkit
