#include "server/listeners/listener_factory.h"

#include <cstddef>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "server/listeners/listener_settings.h"
#include "tls/error.h"

namespace netkit {
namespace {

std::shared_ptr<ListenerState> state_before(const ServedListener* before, Transport transport, std::size_t loops) {
  if (before != nullptr) {
    for (std::size_t i = 0; i < before->parts.size(); ++i) {
      if (socket_of(before->config.transports[i].transport) == socket_of(transport)) {
        return before->parts[i].context->state;
      }
    }
  }
  return std::make_shared<ListenerState>(loops);
}

/// True if the handler keeps state in a conversation, or is to be told of its beginning and end.
bool is_stateful(Handler& handler) {
  const std::unique_ptr<Handler> own = handler.for_conversation();
  return own != nullptr || handler.sees_events();
}

/// Returns null, and the errors, if the certificates cannot be used.
std::shared_ptr<const TlsServerContext> make_tls(const ListenerConfig& config, Diagnostics& errors) {
  try {
    return std::make_shared<const TlsServerContext>(config.tls->settings);
  } catch (const TlsError& error) {
    errors.push_back({config.tls->places.at(error.option()), std::string("'tls': ") + error.what()});
    return nullptr;
  }
}

/// How many calls of one source run at once; 0: any number. Half by default: there is always room for another source,
/// however long the calls of one take.
std::size_t calls_of_source(const Limits& limits, const CallBounds& bounds) {
  return limits.dry_run ? 0 : limits.per_source.calls.value_or(bounds.at_once - bounds.at_once / 2);
}

/// Null if the handler does not limit its calls.
std::shared_ptr<ConcurrencyLimiter> make_call_limiter(const ListenerConfig& config, const CallBounds& bounds,
                                                      WorkerPool& workers, HostLog& log) {
  if (bounds.at_once == 0) return nullptr;
  return std::make_shared<ConcurrencyLimiter>(bounds, calls_of_source(config.limits, bounds), config.name, workers,
                                              log);
}

/// An error if UDP peers would lose what the handler keeps of a conversation.
std::optional<Diagnostic> missing_sessions(const ListenerConfig& config, Handler& handler) {
  if (!has_transport(config, Transport::udp) || config.udp_sessions || !is_stateful(handler)) return std::nullopt;
  return Diagnostic{config.handler.where, "handler '" + config.handler.type +
                                              "' keeps state in a conversation, expected 'udp_sessions' beside "
                                              "transport udp, found none"};
}

}  // namespace

std::shared_ptr<ServedListener> ListenerFactory::make(const ListenerConfig& config, PluginLoader& loader,
                                                      const ServedListener* before, Diagnostics& errors) {
  const auto metrics = before != nullptr ? before->metrics : std::make_shared<ListenerMetrics>();
  return complete(config, loader, before, handlers_.begin(config, loader, metrics), errors);
}

void ListenerFactory::check(const ListenerConfig& config, PluginLoader& loader, Diagnostics& errors) {
  std::shared_ptr<ListenerHandler> handler = handlers_.begin(config, loader, nullptr);
  handler->services()->close();
  complete(config, loader, nullptr, std::move(handler), errors);
}

/// Makes all but the ports. Returns null, and the errors, if that fails.
std::shared_ptr<ServedListener> ListenerFactory::complete(const ListenerConfig& config, PluginLoader& loader,
                                                          const ServedListener* before,
                                                          std::shared_ptr<ListenerHandler> handler,
                                                          Diagnostics& errors) {
  if (!handlers_.make(config, loader, *handler, errors)) return nullptr;
  try {
    return assemble(config, loader, before, std::move(handler), errors);
  } catch (const std::exception& error) {
    errors.push_back({config.handler.where, "listener '" + config.name + "' cannot be made: " + error.what()});
  } catch (...) {
    errors.push_back({config.handler.where, "listener '" + config.name + "' cannot be made: no std::exception"});
  }
  return nullptr;
}

std::shared_ptr<ServedListener> ListenerFactory::assemble(const ListenerConfig& config, PluginLoader& loader,
                                                          const ServedListener* before,
                                                          std::shared_ptr<ListenerHandler> handler,
                                                          Diagnostics& errors) {
  Handler& outermost = *handler->outermost();
  auto listener = std::make_shared<ServedListener>(
      ServedListener{.config = config, .metrics = handler->metrics(), .services = handler->services()});
  SharedParts shared{std::move(handler), make_call_limiter(config, outermost.call_bounds(), workers_, log_), nullptr};
  if (std::optional<Diagnostic> error = missing_sessions(config, outermost)) {
    errors.push_back(std::move(*error));
    return nullptr;
  }
  if (config.tls) {
    shared.tls = make_tls(config, errors);
    if (!shared.tls) return nullptr;
  }
  for (const TransportConfig& transport : config.transports) {
    auto context = std::make_unique<ListenerContext>(make_settings(config, transport, shared, loader), state_, workers_,
                                                     log_, state_before(before, transport.transport, loops_));
    listener->parts.push_back({reaper_->watch_over(std::move(context)), nullptr});
  }
  return listener;
}

}  // namespace netkit
