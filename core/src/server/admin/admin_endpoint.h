#pragma once

#include <memory>
#include <string>
#include <vector>

#include "admin/administration.h"
#include "config/model/config.h"
#include "host/listener/listener_context.h"
#include "host/loop/event_loop.h"
#include "server/memory/reaper.h"
#include "server/ports/port_table.h"

namespace netkit {

/// The sockets of the admin endpoint and the event loop that serves them: neither the limits nor the load of the
/// listeners touch them. Main thread.
class AdminEndpoint {
 public:
  /// Binds the addresses, or takes them over from `ports`, which gives them back when the endpoint is destroyed. All
  /// that is given outlives it. Throws BindError, and std::runtime_error if the token cannot be read.
  AdminEndpoint(const AdminConfig& config, Administration& administration, WorkerPool& workers, HostLog& log,
                Reaper& reaper, PortTable& ports);
  /// Ends its connections.
  ~AdminEndpoint();
  AdminEndpoint(const AdminEndpoint&) = delete;
  AdminEndpoint& operator=(const AdminEndpoint&) = delete;

  void start();

  /// One line for each socket: `listening admin unix /run/netkit/admin.sock framing=http handler=admin`.
  std::vector<std::string> listening() const;

 private:
  struct Part {
    std::shared_ptr<Port> port;
    std::shared_ptr<ListenerContext> context;
  };

  void add(const ListenerConfig& listener, std::shared_ptr<Handler> handler, WorkerPool& workers, HostLog& log,
           Reaper& reaper, PortTable& ports);

  /// Destroys the contexts before the state that they refer to.
  struct LastReap {
    Reaper& reaper;
    ~LastReap() { reaper.reap(); }
  };

  ServerState state_;
  LastReap last_reap_;
  EventLoop loop_;
  LoopRoundRobin loops_;
  std::vector<Part> parts_;
};

}  // namespace netkit
