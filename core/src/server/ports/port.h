#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "host/listener/listener_context.h"
#include "host/loop/event_loop.h"
#include "server/ports/socket_file.h"

namespace netkit {

/// The loops of a server, given to ports in turn.
class LoopRing {
 public:
  explicit LoopRing(std::vector<EventLoop*> loops) : loops_(std::move(loops)) {}
  const std::vector<EventLoop*>& all() const { return loops_; }
  EventLoop& next() {
    next_ = (next_ + 1) % loops_.size();
    return *loops_[next_];
  }

 private:
  std::vector<EventLoop*> loops_;
  std::size_t next_ = 0;
};

/// A bound socket with what reads from it. It survives reloads for as long as a listener has its address: the listener
/// may change, the socket stays and nobody is refused. Main thread.
class Port {
 public:
  virtual ~Port() = default;

  /// Begins to serve; or, if it serves already, gives what comes from now on to another context.
  virtual void serve(const std::shared_ptr<ListenerContext>& context, LoopRing& loops) = 0;
  /// Stops taking connections or datagrams and gives the socket up; conversations that run go on. Idempotent.
  virtual void close() = 0;
  /// The socket. Owned by the port.
  virtual int descriptor() const = 0;

  /// Whose socket this is: another entry may have it if it asks for the same address.
  const std::string& listener() const { return listener_; }
  /// The kind of socket, as socket_of() names it.
  Transport transport() const { return transport_; }
  /// As the config has it, perhaps with port 0.
  const Address& configured() const { return configured_; }
  /// As it is bound.
  const Address& bound() const { return bound_; }
  /// The file of a Unix socket; one that stands for none elsewhere.
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

 private:
  std::string listener_;
  Transport transport_;
  Address configured_;
  Address bound_;
  SocketFile file_;
};

}  // namespace netkit
