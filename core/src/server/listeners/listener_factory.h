#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "config/syntax/diagnostic.h"
#include "netkit/account.h"
#include "plugin/loader.h"
#include "server/listeners/handler_factory.h"
#include "server/listeners/listener_handler.h"
#include "server/listeners/served_listener.h"
#include "server/memory/reaper.h"

namespace netkit {

/// Makes the parts of a listener except its sockets: the handler and a context for each transport. Main thread.
class ListenerFactory {
 public:
  /// Everything given outlives what is made.
  ListenerFactory(ServerState& state, WorkerPool& workers, std::vector<EventLoop*> loops, HostLog& log,
                  std::shared_ptr<Reaper> reaper)
      : state_(state),
        workers_(workers),
        loops_(loops.size()),
        log_(log),
        reaper_(std::move(reaper)),
        handlers_(state.spool, workers, std::move(loops), log, *reaper_) {}

  /// Sets the identity that the server will serve as. Until then the factory assumes the current one.
  void serve_as(const Identity& identity) { handlers_.serve_as(identity); }

  /// Returns null, and the errors, if the handler or a codec cannot be made. `loader` is the one that the config was
  /// loaded with. `before` is the running version of the listener, whose counters continue, or null.
  std::shared_ptr<ServedListener> make(const ListenerConfig& config, PluginLoader& loader, const ServedListener* before,
                                       Diagnostics& errors);

  /// Makes a listener as make() does, and destroys it. Nothing runs for it meanwhile.
  void check(const ListenerConfig& config, PluginLoader& loader, Diagnostics& errors);

 private:
  std::shared_ptr<ServedListener> complete(const ListenerConfig& config, PluginLoader& loader,
                                           const ServedListener* before, std::shared_ptr<ListenerHandler> handler,
                                           Diagnostics& errors);
  std::shared_ptr<ServedListener> assemble(const ListenerConfig& config, PluginLoader& loader,
                                           const ServedListener* before, std::shared_ptr<ListenerHandler> handler,
                                           Diagnostics& errors);

  ServerState& state_;
  WorkerPool& workers_;
  const std::size_t loops_;
  HostLog& log_;
  std::shared_ptr<Reaper> reaper_;
  HandlerFactory handlers_;
};

}  // namespace netkit
