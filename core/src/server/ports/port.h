#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "config/model/config.h"
#include "host/listener/listener_context.h"
#include "host/loop/event_loop.h"
#include "server/ports/socket_file.h"

namespace netkit {

/// Hands out the event loops of a server, round robin.
class LoopRoundRobin {
 public:
  explicit LoopRoundRobin(std::vector<EventLoop*> loops) : loops_(std::move(loops)) {}
  const std::vector<EventLoop*>& all() const { return loops_; }
  EventLoop& next() {
    next_ = (next_ + 1) % loops_.size();
    return *loops_[next_];
  }

 private:
  std::vector<EventLoop*> loops_;
  std::size_t next_ = 0;
};

/// A bound socket. It survives reloads as long as a listener has its address: the listener may change, but the socket
/// stays open and no connection is refused. Main thread.
class Port {
 public:
  virtual ~Port() = default;

  /// Starts serving, or switches new connections and datagrams to another context.
  virtual void serve(const std::shared_ptr<ListenerContext>& context, LoopRoundRobin& loops) = 0;
  /// Stops accepting connections or datagrams and closes the socket; open sessions go on. Idempotent.
  virtual void close() = 0;
  /// Leaves connections to the kernel's queue and drops datagrams, or goes on. Before and after serve(), which keeps
  /// it.
  void pause(bool paused) {
    paused_ = paused;
    apply_pause();
  }
  bool paused() const { return paused_; }
  /// The descriptor, owned by the port.
  virtual int descriptor() const = 0;

  /// The listener that owns this socket. A listener of another name may take it over by asking for the same address.
  const std::string& listener() const { return listener_; }
  /// The kind of socket, as socket_of() names it.
  Transport transport() const { return transport_; }
  /// The address in the config, possibly with port 0.
  const Address& configured() const { return configured_; }
  /// The actual address.
  const Address& bound() const { return bound_; }
  /// The file of a Unix socket; an empty one for other transports.
  SocketFile& file() { return file_; }

 protected:
  Port(std::string listener, Transport transport, Address configured, std::uint16_t number, SocketFile file = {})
      : listener_(std::move(listener)),
        transport_(transport),
        configured_(std::move(configured)),
        bound_(configured_),
        file_(std::move(file)) {
    bound_.port = number;
  }

  /// Does what paused() says, if it is served.
  virtual void apply_pause() = 0;

 private:
  std::string listener_;
  Transport transport_;
  Address configured_;
  Address bound_;
  SocketFile file_;
  bool paused_ = false;
};

}  // namespace netkit
