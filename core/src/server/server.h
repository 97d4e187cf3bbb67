#pragma once

#include <Poco/Net/DatagramSocket.h>
#include <Poco/Net/ServerSocket.h>

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "config/load.h"
#include "host/event_loop.h"
#include "host/listener_context.h"
#include "host/tcp_listener.h"
#include "host/worker_pool.h"
#include "plugin/loader.h"

namespace netkit {

/// A running netkit-server: handlers, sockets, loops and workers of one config. Everything is called from the main
/// thread, in the order below; the destructor ends what still runs.
class Server {
 public:
  /// `log` outlives the server.
  Server(const ServerConfig& config, Log& log);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Makes the handler of each listener. Returns what is wrong with their options.
  std::vector<Diagnostic> make_handlers(PluginLoader& loader);

  /// Makes the codecs and binds every socket. Returns what cannot be bound; nothing is served yet.
  std::vector<Diagnostic> bind(PluginLoader& loader);

  /// Begins to serve.
  void start();

  /// One line for each bound socket: `listening NAME tcp 127.0.0.1:8080 framing=raw handler=echo`.
  const std::vector<std::string>& listening() const { return listening_; }

  /// Stops accepting, lets running answers finish for at most the config's `drain`, then ends the rest. `hurry` is
  /// asked now and then; true ends the waiting. Returns false if a handler did not end and had to be left behind: the
  /// process must then leave without running destructors.
  bool stop(const std::function<bool()>& hurry);

 private:
  struct Listener;

  void serve_tcp(const Poco::Net::ServerSocket& socket, std::shared_ptr<ListenerContext> context);
  void serve_udp(const Poco::Net::DatagramSocket& socket, std::shared_ptr<ListenerContext> context);
  std::shared_ptr<ListenerContext> make_context(const Listener& listener, const TransportConfig& transport,
                                                PluginLoader& loader);
  void note_listening(const Listener& listener, const TransportConfig& transport, std::uint16_t port);
  bool drained() const;

  const ServerConfig& config_;
  Log& log_;
  ServerLoad load_;
  WorkerPool workers_;
  std::vector<std::unique_ptr<EventLoop>> loops_;
  std::list<Listener> listeners_;
  std::vector<std::unique_ptr<TcpListener>> tcp_;
  std::size_t next_loop_ = 0;
  std::vector<std::string> listening_;
  std::atomic<std::size_t> draining_loops_{0};
  bool started_ = false;
  bool stopped_ = false;
};

}  // namespace netkit
