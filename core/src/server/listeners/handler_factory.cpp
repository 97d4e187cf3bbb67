#include "server/listeners/handler_factory.h"

#include <exception>
#include <string>
#include <utility>

#include "base/current_call.h"
#include "config/sections/protection/tls.h"
#include "config/values/option_value.h"
#include "server/listeners/target_certificates.h"

namespace netkit {
namespace {

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

}  // namespace

std::shared_ptr<ListenerHandler> HandlerFactory::begin(const ListenerConfig& config, PluginLoader& loader,
                                                       std::shared_ptr<ListenerMetrics> metrics) const {
  ListenerHandler::Plugins plugins{loader.handler_library(config.handler.type)};
  for (const Choice& filter : config.filters) plugins.push_back(loader.filter_library(filter.type));
  return std::make_shared<ListenerHandler>(std::move(plugins), std::make_shared<ListenerLog>(log_, config.name),
                                           std::move(metrics), loops_, workers_, reaper_);
}

HandlerContext HandlerFactory::context_of(const ListenerConfig& config, const HandlerType& type,
                                          const std::shared_ptr<const PluginLibrary>& plugin,
                                          ListenerHandler& handler) const {
  return {.listener = config.name,
          .log = handler.log(),
          .plugin_file = plugin ? plugin->file() : std::string(),
          .identity = identity_,
          .services = Listener(handler.services()),
          .metrics = handler.metrics(),
          .spool = spool_,
          .can_start_tls = config.tls && can_start_tls(config, type)};
}

bool HandlerFactory::make(const ListenerConfig& config, PluginLoader& loader, ListenerHandler& handler,
                          Diagnostics& errors) const {
  const HandlerType& type = *loader.handler(config.handler.type);
  const HandlerContext context = context_of(config, type, loader.handler_library(type.name), handler);
  std::shared_ptr<Handler> made = make_guarded("handler", type, config.handler, context, errors, [&] {
    return type.make(with_certificates(config.handler.options), context);
  });
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

}  // namespace netkit
