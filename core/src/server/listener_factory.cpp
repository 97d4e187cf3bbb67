#include "server/listener_factory.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "plugin/codec_maker.h"
#include "tls/error.h"

namespace netkit {
namespace {

std::shared_ptr<ListenerState> state_before(const ServedListener* before, Transport transport) {
  if (before != nullptr) {
    for (std::size_t i = 0; i < before->parts.size(); ++i) {
      if (socket_of(before->config.transports[i].transport) == socket_of(transport)) {
        return before->parts[i].context->state;
      }
    }
  }
  return std::make_shared<ListenerState>();
}

/// True if the handler keeps state in a conversation, or is to be told of its beginning and end.
bool is_stateful(Handler& handler) {
  const std::unique_ptr<Handler> own = handler.for_conversation();
  return own != nullptr || handler.sees_events();
}

}  // namespace

ListenerFactory::SharedParts ListenerFactory::make_shared_parts(const ListenerConfig& config, PluginLoader& loader) {
  const std::string& type = config.handler.type;
  const std::shared_ptr<const PluginLibrary> plugin = loader.handler_library(type);
  HandlerContext context{.listener = config.name,
                         .log = log_,
                         .plugin_file = plugin ? plugin->file() : std::string(),
                         .identity = identity_};
  SharedParts shared{loader.handler(type)->make(config.handler.options, context), nullptr, nullptr};
  const CallBounds bounds = shared.handler ? shared.handler->call_bounds() : CallBounds();
  if (bounds.at_once > 0)
    shared.call_limiter = std::make_shared<ConcurrencyLimiter>(bounds, config.name, workers_, log_);
  return shared;
}

/// Returns null, and the errors, if the certificates cannot be used.
std::shared_ptr<const TlsServerContext> ListenerFactory::make_tls(const ListenerConfig& config, Diagnostics& errors) {
  try {
    return std::make_shared<const TlsServerContext>(config.tls->settings);
  } catch (const TlsError& error) {
    errors.push_back({config.tls->places.at(error.option()), std::string("'tls': ") + error.what()});
    return nullptr;
  }
}

std::shared_ptr<ServedListener> ListenerFactory::make(const ListenerConfig& config, PluginLoader& loader,
                                                      const ServedListener* before, Diagnostics& errors) {
  const Choice& choice = config.handler;
  const std::string name = "handler '" + choice.type + "'";
  try {
    auto listener = std::make_shared<ServedListener>(ServedListener{.config = config});
    SharedParts shared = make_shared_parts(config, loader);
    if (!shared.handler) {
      errors.push_back({choice.where, name + " made nothing"});
      return nullptr;
    }
    if (has_transport(config, Transport::udp) && !config.udp_sessions && is_stateful(*shared.handler)) {
      errors.push_back(
          {choice.where, name + " keeps state in a conversation, expected 'udp_sessions' beside transport udp, "
                                "found none"});
      return nullptr;
    }
    if (config.tls) shared.tls = make_tls(config, errors);
    if (config.tls && !shared.tls) return nullptr;
    for (const TransportConfig& transport : config.transports) {
      listener->parts.push_back(
          {make_context(config, transport, shared, loader, state_before(before, transport.transport)), nullptr});
    }
    return listener;
  } catch (const OptionError& error) {
    const auto place = choice.places.find(error.option());
    errors.push_back({place == choice.places.end() ? choice.where : place->second, error.what()});
  } catch (const std::exception& error) {
    errors.push_back({choice.where, name + " cannot be made: " + error.what()});
  } catch (...) {
    errors.push_back({choice.where, name + " cannot be made: it threw no std::exception"});
  }
  return nullptr;
}

std::shared_ptr<ListenerContext> ListenerFactory::make_context(const ListenerConfig& config,
                                                               const TransportConfig& transport,
                                                               const SharedParts& shared, PluginLoader& loader,
                                                               std::shared_ptr<ListenerState> state) {
  ListenerSettings settings{.name = config.name,
                            .limits = config.limits,
                            .timeouts = config.timeouts,
                            .transport = to_string(transport.transport),
                            .access = config.access,
                            .proxy = config.proxy};
  if (transport.transport == Transport::tls) settings.tls = shared.tls;
  settings.datagrams.max_amplification = config.datagrams.max_amplification;
  for (const PortRange& range : config.datagrams.refused_ports) {
    settings.datagrams.refused_ports.add(range.first, range.last);
  }
  if (transport.transport == Transport::udp && config.udp_sessions) {
    settings.datagrams.most_conversations = config.udp_sessions->max;
    settings.timeouts.idle = config.udp_sessions->idle;
  }
  const FramingChoice& framing = transport.framing;
  Protocol& protocol = settings.protocol;
  protocol.plugins = {loader.handler_library(config.handler.type), loader.framing_library(framing.in.type),
                      loader.framing_library(framing.out.type)};
  const Framing codecs = make_framing({*loader.framing(framing.in.type), framing.in.options},
                                      {*loader.framing(framing.out.type), framing.out.options});
  protocol.make_codec = [codecs] { return codecs.make(); };
  protocol.handler = shared.handler;
  protocol.open_calls = std::max<std::size_t>(1, shared.handler->call_bounds().open);
  protocol.call_limiter = settings.call_limiter = shared.call_limiter;
  protocol.output_limit = config.limits.output;
  return reaper_->watch_over(
      std::make_unique<ListenerContext>(std::move(settings), state_, workers_, log_, std::move(state)));
}

}  // namespace netkit
