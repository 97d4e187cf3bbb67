#include "server/server.h"

#include <Poco/Net/SocketAddress.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <thread>
#include <utility>

#include "host/udp_socket.h"
#include "server/bind.h"

namespace netkit {
namespace {

constexpr int kMostWorkers = 64;
constexpr long kWorkerPatienceMs = 5000;  // for handlers to notice that they are cancelled
constexpr int kSamePortTries = 16;
constexpr std::chrono::milliseconds kDrainLook{10};

std::string framing_text(const FramingChoice& framing) {
  if (framing.in.type == framing.out.type) return framing.in.type;
  return framing.in.type + "/" + framing.out.type;
}

/// One bound socket of a listener entry.
struct BoundSocket {
  const TransportConfig* transport;
  std::optional<Poco::Net::ServerSocket> tcp;
  std::optional<Poco::Net::DatagramSocket> udp;
  std::uint16_t port = 0;
};

/// The sockets of all the transports of an entry, on one port number.
std::vector<BoundSocket> bind_once(const ListenerConfig& config) {
  std::vector<BoundSocket> sockets;
  Address address = config.address;
  for (const TransportConfig& transport : config.transports) {
    BoundSocket bound{&transport, std::nullopt, std::nullopt};
    if (transport.transport == Transport::tcp) {
      bound.tcp = bind_tcp(address);
      bound.port = bound.tcp->address().port();
    } else {
      bound.udp = bind_udp(address);
      bound.port = bound.udp->address().port();
    }
    address.port = bound.port;
    sockets.push_back(std::move(bound));
  }
  return sockets;
}

/// With port 0 the number that is free for the first transport may be taken for the second: then another one is tried.
std::vector<BoundSocket> bind_sockets(const ListenerConfig& config) {
  for (int attempt = 1;; ++attempt) {
    try {
      return bind_once(config);
    } catch (const BindError&) {
      if (config.address.port != 0 || attempt == kSamePortTries) throw;
    }
  }
}

Diagnostic at(const Position& where, std::string text) { return {where, std::move(text)}; }

}  // namespace

/// One listener entry of the config with its handler, which its transports share.
struct Server::Listener {
  const ListenerConfig& config;
  std::shared_ptr<Handler> handler;
};

Server::Server(const ServerConfig& config, Log& log) : config_(config), log_(log), workers_(kMostWorkers) {
  load_.most_connections = config.connections;
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  const unsigned count = config.event_loops.count > 0 ? config.event_loops.count : cores;
  for (unsigned i = 0; i < count; ++i) loops_.push_back(std::make_unique<EventLoop>(config.event_loops.spin, log));
  for (const ListenerConfig& listener : config.listeners) listeners_.push_back({listener, nullptr});
}

Server::~Server() {
  if (started_ && !stopped_) stop([] { return true; });
}

std::vector<Diagnostic> Server::make_handlers(PluginLoader& loader) {
  std::vector<Diagnostic> errors;
  for (Listener& listener : listeners_) {
    const Choice& choice = listener.config.handler;
    try {
      const HandlerType* type = loader.handler(choice.type);
      listener.handler = type->make(choice.options, HandlerContext{listener.config.name, log_});
      if (!listener.handler) errors.push_back(at(choice.where, "handler '" + choice.type + "' made nothing"));
    } catch (const OptionError& error) {
      const auto place = choice.places.find(error.option());
      errors.push_back(at(place == choice.places.end() ? choice.where : place->second, error.what()));
    } catch (const std::exception& error) {
      errors.push_back(at(choice.where, "handler '" + choice.type + "' cannot be made: " + error.what()));
    }
  }
  return errors;
}

std::vector<Diagnostic> Server::bind(PluginLoader& loader) {
  std::vector<Diagnostic> errors;
  for (const Listener& listener : listeners_) {
    try {
      for (const BoundSocket& socket : bind_sockets(listener.config)) {
        std::shared_ptr<ListenerContext> context = make_context(listener, *socket.transport, loader);
        if (socket.tcp) serve_tcp(*socket.tcp, std::move(context));
        if (socket.udp) serve_udp(*socket.udp, std::move(context));
        note_listening(listener, *socket.transport, socket.port);
      }
    } catch (const std::exception& error) {
      errors.push_back(at(listener.config.address_where, error.what()));
    }
  }
  return errors;
}

std::shared_ptr<ListenerContext> Server::make_context(const Listener& listener, const TransportConfig& transport,
                                                      PluginLoader& loader) {
  const ListenerConfig& config = listener.config;
  ListenerSettings settings{
      .name = config.name, .most_connections = config.limits.connections, .timeouts = config.timeouts};
  const FramingChoice& framing = transport.framing;
  settings.protocol.make_decoder = loader.framing(framing.in.type)->decoder(framing.in.options);
  settings.protocol.make_encoder = loader.framing(framing.out.type)->encoder(framing.out.options);
  settings.protocol.handler = listener.handler;
  settings.protocol.output_limit = config.limits.output;
  settings.datagrams.max_amplification = config.limits.max_amplification;
  for (const PortRange& range : config.limits.refused_ports) {
    settings.datagrams.refused_ports.add(range.first, range.last);
  }
  return std::make_shared<ListenerContext>(std::move(settings), load_, workers_, log_);
}

void Server::serve_tcp(const Poco::Net::ServerSocket& socket, std::shared_ptr<ListenerContext> context) {
  std::vector<EventLoop*> loops;
  for (const auto& loop : loops_) loops.push_back(loop.get());
  tcp_.push_back(std::make_unique<TcpListener>(socket, std::move(context), std::move(loops)));
}

/// The loops do not run yet, so that this thread may give them channels.
void Server::serve_udp(const Poco::Net::DatagramSocket& socket, std::shared_ptr<ListenerContext> context) {
  EventLoop& loop = *loops_[next_loop_];
  next_loop_ = (next_loop_ + 1) % loops_.size();
  auto channel = std::make_unique<UdpSocket>(loop, std::move(context), socket);
  UdpSocket& udp = *channel;
  loop.adopt(std::move(channel));
  udp.start();
}

void Server::note_listening(const Listener& listener, const TransportConfig& transport, std::uint16_t port) {
  Address address = listener.config.address;
  address.port = port;
  listening_.push_back("listening " + listener.config.name + " " + to_string(transport.transport) + " " +
                       to_string(address) + " framing=" + framing_text(transport.framing) +
                       " handler=" + listener.config.handler.type);
}

void Server::start() {
  started_ = true;
  for (const auto& loop : loops_) loop->start();
  for (const auto& listener : tcp_) listener->start();
}

bool Server::stop(const std::function<bool()>& hurry) {
  stopped_ = true;
  for (const auto& listener : tcp_) listener->halt();

  for (const auto& loop : loops_) {
    loop->post([this, &loop = *loop] {
      loop.for_each([](Channel& channel) { channel.drain(); });
      ++draining_loops_;
    });
  }
  const TimePoint deadline = Clock::now() + config_.drain;
  while (!drained() && Clock::now() < deadline && !hurry()) std::this_thread::sleep_for(kDrainLook);

  for (const auto& loop : loops_) {
    loop->post([&loop = *loop] { loop.for_each([](Channel& channel) { channel.abort(CloseReason::shutdown); }); });
  }
  if (!workers_.stop(kWorkerPatienceMs)) {
    log_.write(LogLevel::error, "a handler does not end; leaving without it");
    return false;
  }
  for (const auto& loop : loops_) loop->stop();
  return true;
}

bool Server::drained() const {
  return draining_loops_ == loops_.size() &&
         std::all_of(loops_.begin(), loops_.end(), [](const auto& loop) { return loop->channels() == 0; });
}

}  // namespace netkit
