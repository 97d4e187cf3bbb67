#include "server/listeners/listener_factory.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/current_call.h"
#include "base/nearest.h"
#include "config/sections/protection/tls.h"
#include "config/values/option_value.h"
#include "plugin/codec_maker.h"
#include "tls/error.h"
#include "upstream/target_settings.h"

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

/// Makes a handler or a filter, which `choice` names and `type` describes. Null, and an error, if that fails.
template <class Type, class Make>
std::shared_ptr<Handler> make_guarded(const char* kind, const Type& type, const Choice& choice,
                                      const HandlerContext& context, Diagnostics& errors, Make make) {
  const std::string name = std::string(kind) + " '" + choice.type + "'";
  const std::string bug = context.plugin_file.empty() ? name : "plugin " + context.plugin_file + ": " + name;
  const auto publishes = [&](const std::string& option) { return find_spec(type.options, option) != nullptr; };
  const CallScope call("make", context.listener.c_str());
  try {
    if (std::shared_ptr<Handler> made = make()) return made;
    errors.push_back({choice.where, name + " made nothing"});
  } catch (const OptionError& error) {
    const bool known = publishes(error.option());
    const std::string text = known ? "" : bug + " refuses option '" + error.option() + "', which it does not publish: ";
    errors.push_back({choice.place_of(error.option()), text + error.what()});
  } catch (const OptionMisuse& error) {
    const char* why = publishes(error.option()) ? "" : ", as it is not published";
    errors.push_back({choice.where, bug + " cannot be made: " + error.what() + why});
  } catch (const std::exception& error) {
    errors.push_back({choice.where, name + " cannot be made: " + error.what()});
  } catch (...) {
    errors.push_back({choice.where, name + " cannot be made: it threw no std::exception"});
  }
  return nullptr;
}

/// True if the handler keeps state in a conversation, or is to be told of its beginning and end.
bool is_stateful(Handler& handler) {
  const std::unique_ptr<Handler> own = handler.for_conversation();
  return own != nullptr || handler.sees_events();
}

/// The target with its certificates read. Throws TlsError if they cannot be used.
Target usable(const Target& target) {
  const auto* core = dynamic_cast<const TargetSettings*>(target.core().get());
  if (core == nullptr || core->transport != TargetSettings::Transport::tls) return target;
  auto settings = std::make_shared<TargetSettings>(*core);
  settings->tls_context = std::make_shared<const TlsClientContext>(settings->tls);
  return {target.name(), target.framing(), std::move(settings)};
}

/// The options of a handler with the certificates of its targets read. Throws OptionError if they cannot be used.
Options usable_options(const Choice& handler) {
  Options options = handler.options;
  for (const auto& [name, value] : handler.options.all()) {
    try {
      if (const auto* target = std::get_if<Target>(&value)) options.set(name, usable(*target));
      if (const auto* given = std::get_if<Options::Targets>(&value)) {
        Options::Targets targets;
        for (const auto& [key, target] : *given) targets.emplace(key, usable(target));
        options.set(name, std::move(targets));
      }
    } catch (const TlsError& error) {
      throw OptionError(name, in_quotes(name) + ": 'tls': " + error.what());
    }
  }
  return options;
}

}  // namespace

/// The handler of a listener, not made yet. It is there while it is made: what that starts has to end with it.
std::shared_ptr<ListenerHandler> ListenerFactory::begin_handler(const ListenerConfig& config, PluginLoader& loader,
                                                                std::shared_ptr<ListenerMetrics> metrics) {
  ListenerHandler::Plugins plugins{loader.handler_library(config.handler.type)};
  for (const Choice& filter : config.filters) plugins.push_back(loader.filter_library(filter.type));
  return std::make_shared<ListenerHandler>(std::move(plugins), std::make_shared<ListenerLog>(log_, config.name),
                                           std::move(metrics), loops_, workers_, *reaper_);
}

HandlerContext ListenerFactory::context_of(const ListenerConfig& config, const HandlerType& type,
                                           const std::shared_ptr<const PluginLibrary>& plugin,
                                           ListenerHandler& handler) const {
  return {.listener = config.name,
          .log = handler.log(),
          .plugin_file = plugin ? plugin->file() : std::string(),
          .identity = identity_,
          .services = Listener(handler.services()),
          .metrics = handler.metrics(),
          .spool = state_.spool,
          .can_start_tls = config.tls && can_start_tls(config, type)};
}

/// Makes the handler and the filters around it, the last one first. False, and the errors, if one cannot be made.
bool ListenerFactory::make_handler(const ListenerConfig& config, PluginLoader& loader, ListenerHandler& handler,
                                   Diagnostics& errors) {
  const HandlerType& type = *loader.handler(config.handler.type);
  const HandlerContext context = context_of(config, type, loader.handler_library(type.name), handler);
  std::shared_ptr<Handler> made = make_guarded("handler", type, config.handler, context, errors,
                                               [&] { return type.make(usable_options(config.handler), context); });
  for (auto filter = config.filters.rbegin(); made && filter != config.filters.rend(); ++filter) {
    handler.wrap(made);  // kept until the services have ended, also where a filter fails
    const FilterType& around = *loader.filter(filter->type);
    const HandlerContext its_context = context_of(config, type, loader.filter_library(around.name), handler);
    made = make_guarded("filter", around, *filter, its_context, errors,
                        [&] { return around.make(filter->options, its_context, made); });
  }
  if (made) handler.wrap(made);
  return made != nullptr;
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
  const auto metrics = before != nullptr ? before->metrics : std::make_shared<ListenerMetrics>();
  return complete(config, loader, before, begin_handler(config, loader, metrics), errors);
}

void ListenerFactory::check(const ListenerConfig& config, PluginLoader& loader, Diagnostics& errors) {
  std::shared_ptr<ListenerHandler> handler = begin_handler(config, loader, nullptr);
  handler->services()->close();
  complete(config, loader, nullptr, std::move(handler), errors);
}

std::shared_ptr<ServedListener> ListenerFactory::complete(const ListenerConfig& config, PluginLoader& loader,
                                                          const ServedListener* before,
                                                          std::shared_ptr<ListenerHandler> handler,
                                                          Diagnostics& errors) {
  if (!make_handler(config, loader, *handler, errors)) return nullptr;
  try {
    auto listener = std::make_shared<ServedListener>(
        ServedListener{.config = config, .metrics = handler->metrics(), .services = handler->services()});
    SharedParts shared{std::move(handler), nullptr, nullptr};
    if (const CallBounds bounds = shared.handler->outermost()->call_bounds(); bounds.at_once > 0)
      shared.call_limiter = std::make_shared<ConcurrencyLimiter>(
          bounds, config.limits.dry_run ? 0 : config.limits.per_source.calls, config.name, workers_, log_,
          listener->metrics ? listener->metrics->refused_calls() : std::make_shared<std::atomic<std::uint64_t>>(0));
    if (has_transport(config, Transport::udp) && !config.udp_sessions && is_stateful(*shared.handler->outermost())) {
      errors.push_back({config.handler.where, "handler '" + config.handler.type +
                                                  "' keeps state in a conversation, expected 'udp_sessions' beside "
                                                  "transport udp, found none"});
      return nullptr;
    }
    if (config.tls) shared.tls = make_tls(config, errors);
    if (config.tls && !shared.tls) return nullptr;
    for (const TransportConfig& transport : config.transports) {
      listener->parts.push_back(
          {make_context(config, transport, shared, loader, state_before(before, transport.transport)), nullptr});
    }
    return listener;
  } catch (const std::exception& error) {
    errors.push_back({config.handler.where, "listener '" + config.name + "' cannot be made: " + error.what()});
  } catch (...) {
    errors.push_back({config.handler.where, "listener '" + config.name + "' cannot be made: no std::exception"});
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
  settings.refuse_http = config.refuse_http.value_or(false);
  const bool starts_tls = transport.transport == Transport::tcp && shared.tls != nullptr;
  if (starts_tls || transport.transport == Transport::tls) settings.tls = shared.tls;
  settings.datagrams.max_amplification = config.datagrams.max_amplification;
  settings.datagrams.max_answers = config.datagrams.max_answers;
  settings.datagrams.service_rate = BucketSize(config.datagrams.service_rate);
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
  for (const auto& [option, chosen] : config.handler.framings) {
    protocol.plugins.push_back(loader.framing_library(chosen->in.type));
    protocol.plugins.push_back(loader.framing_library(chosen->out.type));
  }
  const Framing codecs = make_framing({*loader.framing(framing.in.type), framing.in.options},
                                      {*loader.framing(framing.out.type), framing.out.options});
  protocol.make_codec = [codecs] { return codecs.make(); };
  protocol.handler = {shared.handler, shared.handler->outermost().get()};
  const CallBounds bounds = protocol.handler->call_bounds();
  protocol.open_calls = std::max<std::size_t>(1, bounds.open);
  protocol.untimed_replies = bounds.untimed;
  protocol.call_limiter = settings.call_limiter = shared.call_limiter;
  protocol.output_limit = config.limits.output;
  protocol.can_start_tls = starts_tls;
  if (transport.transport == Transport::udp) protocol.most_answers = config.datagrams.max_answers;
  return reaper_->watch_over(
      std::make_unique<ListenerContext>(std::move(settings), state_, workers_, log_, std::move(state)));
}

}  // namespace netkit
