#include "server/listener_factory.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "plugin/codec_maker.h"
#include "tls/error.h"

namespace netkit {
namespace {

std::shared_ptr<ListenerState> past_of(const ServedListener* before, Transport transport) {
  if (before != nullptr) {
    for (std::size_t i = 0; i < before->parts.size(); ++i) {
      if (socket_of(before->config.transports[i].transport) == socket_of(transport)) {
        return before->parts[i].context->state;
      }
    }
  }
  return std::make_shared<ListenerState>();
}

}  // namespace

ListenerFactory::Answering ListenerFactory::make_answering(const ListenerConfig& config, PluginLoader& loader) {
  const std::string& type = config.handler.type;
  const std::shared_ptr<const PluginLibrary> plugin = loader.handler_library(type);
  HandlerContext context{.listener = config.name,
                         .log = log_,
                         .plugin_file = plugin ? plugin->file() : std::string(),
                         .identity = identity_};
  Answering answering{loader.handler(type)->make(config.handler.options, context), nullptr, nullptr};
  const CallBounds bounds = answering.handler ? answering.handler->call_bounds() : CallBounds();
  if (bounds.at_once > 0)
    answering.call_limiter = std::make_shared<ConcurrencyLimiter>(bounds, config.name, workers_, log_);
  return answering;
}

/// Null, and what is wrong, if the certificates cannot be used.
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
    Answering answering = make_answering(config, loader);
    if (!answering.handler) {
      errors.push_back({choice.where, name + " made nothing"});
      return nullptr;
    }
    if (config.tls) answering.tls = make_tls(config, errors);
    if (config.tls && !answering.tls) return nullptr;
    for (const TransportConfig& transport : config.transports) {
      listener->parts.push_back(
          {make_context(config, transport, answering, loader, past_of(before, transport.transport)), nullptr});
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
                                                               const Answering& answering, PluginLoader& loader,
                                                               std::shared_ptr<ListenerState> past) {
  ListenerSettings settings{.name = config.name,
                            .limits = config.limits,
                            .timeouts = config.timeouts,
                            .transport = to_string(transport.transport),
                            .access = config.access,
                            .proxy = config.proxy};
  if (transport.transport == Transport::tls) settings.tls = answering.tls;
  settings.datagrams.max_amplification = config.datagrams.max_amplification;
  for (const PortRange& range : config.datagrams.refused_ports) {
    settings.datagrams.refused_ports.add(range.first, range.last);
  }
  const FramingChoice& framing = transport.framing;
  Protocol& protocol = settings.protocol;
  protocol.plugins = {loader.handler_library(config.handler.type), loader.framing_library(framing.in.type),
                      loader.framing_library(framing.out.type)};
  const Framing codecs = make_framing({*loader.framing(framing.in.type), framing.in.options},
                                      {*loader.framing(framing.out.type), framing.out.options});
  protocol.make_codec = [codecs] { return codecs.make(); };
  protocol.handler = answering.handler;
  protocol.open_calls = std::max<std::size_t>(1, answering.handler->call_bounds().open);
  protocol.call_limiter = settings.call_limiter = answering.call_limiter;
  protocol.output_limit = config.limits.output;
  return reaper_->watch_over(
      std::make_unique<ListenerContext>(std::move(settings), state_, workers_, log_, std::move(past)));
}

}  // namespace netkit
