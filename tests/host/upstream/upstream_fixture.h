#pragma once

#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <filesystem>
#include <functional>
#include <future>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "admission/memory_budget.h"
#include "config/framing_spec.h"
#include "framing/builtin.h"
#include "host/loop/event_loop.h"
#include "host/loop/loop_owner.h"
#include "host/upstream/connect.h"
#include "host/upstream/socket_address.h"
#include "host/worker/worker_pool.h"
#include "netkit/unique_fd.h"
#include "plugin/codec_maker.h"
#include "plugin/loader.h"
#include "upstream/target_settings.h"

namespace netkit::testing {

inline constexpr std::chrono::seconds kPatience{20};

struct SilentLog final : Log {
  void write(LogLevel /*level*/, std::string_view /*text*/) override {}
  void event(LogLevel /*level*/, std::string_view /*event*/, std::initializer_list<LogField> /*fields*/) override {}
};

/// An owner whose handler may be said to be in a call: what is to run meanwhile waits for the end of that.
class TestOwner final : public LoopOwner, public std::enable_shared_from_this<TestOwner> {
 public:
  explicit TestOwner(EventLoop& loop) : loop_(loop) {}

  EventLoop& event_loop() override { return loop_; }
  bool calling() const override { return calling_; }
  bool run(Task task) override {
    if (calling_) {
      kept_.push_back(std::move(task));
    } else {
      loop_.post(std::move(task));
    }
    return true;
  }
  // Loop thread.
  void begin_call() { calling_ = true; }
  void end_call() {
    calling_ = false;
    for (Task& task : std::exchange(kept_, {})) task();
  }
  void end() { end_parts(); }

 private:
  EventLoop& loop_;
  bool calling_ = false;
  std::vector<Task> kept_;
};

/// Writes down what it is told, one line each, and does what a test wants besides.
class Recorder final : public UpstreamHandler {
 public:
  using Act = std::function<void(const Upstream&)>;

  void on_connect(const Upstream& upstream) override { note("connect", connected, upstream); }
  void on_message(const Upstream& upstream, const Message& message) override {
    note("message " + std::string(message.body.substr(0, 40)), message_came, upstream, message.body.size());
  }
  void on_end(const Upstream& upstream) override { note("end", ended, upstream); }
  void on_writable(const Upstream& upstream) override { note("writable", writable, upstream); }
  void on_close(const Upstream& upstream, std::string_view reason, std::string_view detail) override {
    last_detail = detail;
    note("close " + std::string(reason), closed, upstream);
  }

  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }
  std::size_t count(const std::string& line) const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::count(lines_.begin(), lines_.end(), line));
  }
  void wait_for(const std::string& line, std::size_t times = 1) {
    std::unique_lock lock(mutex_);
    const auto came = [&] { return static_cast<std::size_t>(std::count(lines_.begin(), lines_.end(), line)) >= times; };
    if (news_.wait_for(lock, kPatience, came)) return;
    std::string all;
    for (const std::string& one : lines_) all += "\n  " + one;
    CPPUNIT_FAIL("'" + line + "' never came, but:" + all);
  }

  Act connected, message_came, ended, writable, closed;  // set before connecting
  std::string last_detail;                               // read after a close came
  std::atomic<std::size_t> received{0};

 private:
  /// Acts first, so that what a test sees has been acted on already.
  void note(const std::string& line, const Act& act, const Upstream& upstream, std::size_t size = 0) {
    std::exception_ptr failure;
    try {
      if (act) act(upstream);
    } catch (...) {
      failure = std::current_exception();
    }
    {
      const std::lock_guard lock(mutex_);
      lines_.push_back(line);
      received += size;
      news_.notify_all();
    }
    if (failure) std::rethrow_exception(failure);
  }

  mutable std::mutex mutex_;
  std::condition_variable news_;
  std::vector<std::string> lines_;
};

inline Framing make_test_framing(const std::string& spec) {
  TypeRegistry registry;
  add_builtin_framings(registry);
  PluginLoader loader(registry);
  const Choice choice = parse_framing_spec(spec, loader);
  const Direction both{*registry.framing(choice.type), choice.options};
  return make_framing(both, both);
}

/// A blocking socket with a bound on every wait.
class TestPeer {
 public:
  explicit TestPeer(UniqueFd socket) : socket_(std::move(socket)) {}

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) throw std::runtime_error("send failed");
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  /// What one read gives; "" at the end and "reset" for a reset.
  std::string receive(std::size_t most = std::size_t{64} << 10) {
    pollfd wait{socket_.get(), POLLIN, 0};
    if (::poll(&wait, 1, 20'000) <= 0) throw std::runtime_error("nothing came");
    std::string bytes(most, '\0');
    const ssize_t count = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (count < 0) return "reset";
    bytes.resize(static_cast<std::size_t>(count));
    return bytes;
  }
  std::string receive_all() {
    std::string all;
    for (std::string more = receive(); !more.empty(); more = receive()) all += more;
    return all;
  }
  void end_sending() { ::shutdown(socket_.get(), SHUT_WR); }
  void reset() {
    const ::linger at_once{1, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    socket_.reset();
  }
  void close() { socket_.reset(); }
  int fd() const { return socket_.get(); }

 private:
  UniqueFd socket_;
};

/// A socket on a free port of 127.0.0.1 that is a target.
class TestTarget {
 public:
  explicit TestTarget(int type = SOCK_STREAM, int backlog = 128) : socket_(::socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("bind");
    if (type == SOCK_STREAM && ::listen(socket_.get(), backlog) != 0) throw std::runtime_error("listen");
    ::socklen_t size = sizeof address;
    ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  std::uint16_t port() const { return port_; }
  int fd() const { return socket_.get(); }
  TestPeer accept() {
    pollfd wait{socket_.get(), POLLIN, 0};
    if (::poll(&wait, 1, 20'000) <= 0) throw std::runtime_error("nobody connects");
    return TestPeer(UniqueFd(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC)));
  }

 private:
  UniqueFd socket_;
  std::uint16_t port_ = 0;
};

/// One loop with an owner on it.
class UpstreamHost {
 public:
  UpstreamHost() : workers_(2), loop_(std::chrono::nanoseconds(0), log_), owner_(std::make_shared<TestOwner>(loop_)) {
    loop_.use_memory(memory_);
    loop_.start();
  }
  ~UpstreamHost() {
    if (!stopped_) on_loop([this] { owner_->end(); });
    stop();
  }
  void stop() {
    stopped_ = true;
    workers_.stop(60'000);
    loop_.stop();
  }

  static TargetSettings tcp(std::uint16_t port) {
    TargetSettings settings;
    settings.host = "127.0.0.1";
    settings.port = port;
    return settings;
  }
  Upstream connect(const TargetSettings& settings, std::shared_ptr<UpstreamHandler> handler,
                   const Framing& framing = make_test_framing("line")) {
    return connect(Target("test", framing, std::make_shared<TargetSettings>(settings)), std::move(handler));
  }
  Upstream connect(const Target& target, std::shared_ptr<UpstreamHandler> handler) {
    return connect_upstream(owner_, workers_, nullptr, target, std::move(handler));
  }
  UpstreamStart prepare(const Target& target, std::shared_ptr<UpstreamHandler> handler) {
    return prepare_upstream(owner_, workers_, nullptr, target, std::move(handler));
  }
  /// Runs `act` on the loop and waits for it.
  void on_loop(std::function<void()> act) {
    std::promise<void> done;
    loop_.post([&] {
      act();
      done.set_value();
    });
    done.get_future().wait();
  }
  /// Waits until every connection is gone.
  void drain() {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (loop_.channels() > 0) {
      if (std::chrono::steady_clock::now() > end) CPPUNIT_FAIL("connections are left");
      on_loop([] {});
    }
  }
  TestOwner& owner() { return *owner_; }
  EventLoop& loop() { return loop_; }
  MemoryBudget& memory() { return memory_; }

 private:
  SilentLog log_;
  MemoryBudget memory_;
  WorkerPool workers_;
  EventLoop loop_;
  std::shared_ptr<TestOwner> owner_;
  bool stopped_ = false;
};

using Lines = std::vector<std::string>;

/// A test with a target, a handler that writes down what it is told, and a host that connects them.
class UpstreamFixture : public CppUnit::TestFixture {
 public:
  void setUp() override {
    host_ = std::make_unique<UpstreamHost>();
    target_ = std::make_unique<TestTarget>();
    handler_ = std::make_shared<Recorder>();
  }
  void tearDown() override {
    handler_.reset();
    target_.reset();
    host_.reset();
  }

 protected:
  Upstream connect(const Framing& framing = make_test_framing("line")) {
    return host_->connect(UpstreamHost::tcp(target_->port()), handler_, framing);
  }
  TestPeer accept() { return target_->accept(); }

  std::unique_ptr<UpstreamHost> host_;
  std::unique_ptr<TestTarget> target_;
  std::shared_ptr<Recorder> handler_;
};

}  // namespace netkit::testing
