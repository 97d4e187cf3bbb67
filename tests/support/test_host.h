#pragma once

#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "host/datagram/udp_socket.h"
#include "host/listener/listener_context.h"
#include "host/loop/event_loop.h"
#include "host/stream/stream_listener.h"
#include "host/worker/worker_pool.h"
#include "server/log/log_format.h"
#include "server/ports/bind.h"

namespace netkit::testing {

/// Keeps what is logged. Thread-safe.
class MemoryLog final : public HostLog {
 public:
  void write(LogLevel, std::string_view text) override {
    const std::lock_guard lock(mutex_);
    lines_.emplace_back(text);
  }
  void event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) override {
    write(level, make_text_format()->encode(EventRecord{event, fields}));
  }
  void event(LogLevel level, const LogContext& context, std::string_view event,
             std::initializer_list<LogField> fields) override {
    write(level, make_text_format()->encode(EventRecord{event, fields, context}));
  }
  void write(LogLevel level, const ConnectionRecord& record) override {
    write(level, make_text_format()->encode(record));
  }
  bool writes(LogLevel) const override { return true; }
  bool every_connection() const override { return false; }
  bool contains(const std::string& part) const {
    const std::lock_guard lock(mutex_);
    for (const std::string& line : lines_) {
      if (line.find(part) != std::string::npos) return true;
    }
    return false;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

/// A real listener on a free loopback port: one event loop, a worker pool, TCP or UDP.
class TestHost {
 public:
  TestHost(Protocol protocol, Transport transport, std::uint64_t most_connections = 1000,
           std::chrono::nanoseconds idle = std::chrono::nanoseconds(0))
      : workers_(8),
        context_(std::make_shared<ListenerContext>(settings(std::move(protocol), most_connections, idle), server_,
                                                   workers_, log)),
        loop_(std::chrono::nanoseconds(0), log) {
    server_.most_connections = most_connections;
    const Address any_port{"127.0.0.1", 0, false};
    if (transport == Transport::tcp) {
      const Poco::Net::ServerSocket socket = bind_tcp(any_port);
      port_ = socket.address().port();
      listener_ = std::make_unique<StreamListener>(socket, context_, std::vector<EventLoop*>{&loop_});
      loop_.start();
      listener_->start();
    } else {
      const Poco::Net::DatagramSocket socket = bind_udp(any_port);
      port_ = socket.address().port();
      auto channel = std::make_unique<UdpSocket>(loop_, context_, socket);
      UdpSocket& udp = *channel;
      loop_.adopt(std::move(channel));
      udp.start();
      loop_.start();
    }
  }
  ~TestHost() {
    if (listener_) listener_->halt();
    loop_.post([this] { loop_.for_each([](Channel& channel) { channel.abort(CloseReason::shutdown); }); });
    workers_.stop(60'000);
    loop_.stop();
  }
  TestHost(const TestHost&) = delete;
  TestHost& operator=(const TestHost&) = delete;

  std::uint16_t port() const { return port_; }
  ListenerContext& context() { return *context_; }
  EventLoop& loop() { return loop_; }
  ServerState& server() { return server_; }
  /// Done on the loop, which reads the rules.
  void refuse_port(std::uint16_t port) {
    std::promise<void> done;
    loop_.post([&] {
      context_->datagrams.refused_ports.add(port, port);
      done.set_value();
    });
    done.get_future().wait();
  }
  std::uint64_t dropped(DatagramDrop drop) const {
    return context_->counters.datagrams_dropped[static_cast<std::size_t>(drop)];
  }
  std::uint64_t closed(CloseReason reason) const { return context_->counters.closed[static_cast<std::size_t>(reason)]; }

  MemoryLog log;

 private:
  static ListenerSettings settings(Protocol protocol, std::uint64_t most_connections, std::chrono::nanoseconds idle) {
    ListenerSettings settings{.name = "test", .protocol = std::move(protocol)};
    settings.limits.connections = most_connections;
    settings.timeouts.idle = idle;
    return settings;
  }

  ServerState server_;
  WorkerPool workers_;
  std::shared_ptr<ListenerContext> context_;
  EventLoop loop_;
  std::unique_ptr<StreamListener> listener_;
  std::uint16_t port_ = 0;
};

}  // namespace netkit::testing
