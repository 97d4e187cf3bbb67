#pragma once

#include <memory>
#include <vector>

#include "config/model/config.h"
#include "host/conversation/listener_services.h"
#include "host/listener/listener_context.h"
#include "host/listener/listener_metrics.h"
#include "server/ports/port.h"

namespace netkit {

/// A listener that is ready to serve or serving. The contexts own its handler.
struct ServedListener {
  /// One transport.
  struct Part {
    std::shared_ptr<ListenerContext> context;
    std::shared_ptr<Port> port;
  };
  /// A context that a port served before a reload replaced it. Expires with its last connection.
  struct Former {
    std::weak_ptr<ListenerContext> context;
    std::weak_ptr<Port> port;
  };

  ListenerConfig config;
  std::shared_ptr<ListenerMetrics> metrics{};    ///< Of its handler; of all its versions together.
  std::shared_ptr<ListenerServices> services{};  ///< Of its handler; they begin when the listener is taken into use.
  std::vector<Part> parts{};                     ///< One per entry of config.transports.
  std::vector<Former> formers{};                 ///< Older contexts that may still have connections.
};

}  // namespace netkit
