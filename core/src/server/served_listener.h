#pragma once

#include <memory>
#include <vector>

#include "config/config.h"
#include "host/listener/listener_context.h"
#include "server/ports/port.h"

namespace netkit {

/// A listener entry that is ready to serve, or serves: its handler stands in the contexts.
struct ServedListener {
  /// One transport of it.
  struct Part {
    std::shared_ptr<ListenerContext> context;
    std::shared_ptr<Port> port;
  };
  /// What a port of it served before a reload changed the listener. Expires with its last connection.
  struct Former {
    std::weak_ptr<ListenerContext> context;
    std::weak_ptr<Port> port;
  };

  ListenerConfig config;
  std::vector<Part> parts{};      ///< One for each of config.transports.
  std::vector<Former> formers{};  ///< Those that still have connections, and perhaps some that have none any more.
};

}  // namespace netkit
