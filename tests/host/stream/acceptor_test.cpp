#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <memory>
#include <vector>

#include "support/fake_session.h"
#include "support/test_client.h"
#include "support/test_host.h"

namespace netkit::testing {
namespace {

constexpr std::size_t kLoops = 3;

std::shared_ptr<ListenerContext> make_context(Protocol protocol, ServerState& server, WorkerPool& workers, HostLog& log,
                                              const Limits& limits = {}) {
  ListenerSettings settings{.name = "test", .protocol = std::move(protocol), .limits = limits};
  return std::make_shared<ListenerContext>(std::move(settings), server, workers, log);
}

/// One listener on several event loops.
class LoopsHost {
 public:
  explicit LoopsHost(const Limits& limits = {}) : workers_(1), context_(make(limits)) {
    server_.most_connections = 1000;
    std::vector<EventLoop*> all;
    for (std::size_t i = 0; i < kLoops; ++i) {
      loops_.push_back(std::make_unique<EventLoop>(std::chrono::nanoseconds(0), log_));
      loops_.back()->start();
      all.push_back(loops_.back().get());
    }
    const Poco::Net::ServerSocket socket = bind_tcp({"127.0.0.1", 0, false});
    port_ = socket.address().port();
    listener_ = std::make_unique<StreamListener>(socket, context_, all);
    listener_->start();
  }
  ~LoopsHost() {
    listener_->halt();
    for (const auto& loop : loops_) loop->stop();
  }
  LoopsHost(const LoopsHost&) = delete;
  LoopsHost& operator=(const LoopsHost&) = delete;

  std::uint16_t port() const { return port_; }
  StreamListener& listener() { return *listener_; }
  void limit(const Limits& limits) { listener_->use(make(limits)); }
  std::uint64_t connections() const { return context_->state->connections; }

  /// How many channels each loop owns.
  std::vector<std::size_t> channels() const {
    std::vector<std::size_t> counts;
    for (const auto& loop : loops_) counts.push_back(loop->channels());
    return counts;
  }

 private:
  std::shared_ptr<ListenerContext> make(const Limits& limits) {
    return make_context(make_protocol("line", "line", echo_handler()), server_, workers_, log_, limits);
  }

  MemoryLog log_;
  ServerState server_;
  WorkerPool workers_;
  std::shared_ptr<ListenerContext> context_;
  std::vector<std::unique_ptr<EventLoop>> loops_;
  std::unique_ptr<StreamListener> listener_;
  std::uint16_t port_ = 0;
};

class AcceptorTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(AcceptorTest);
  CPPUNIT_TEST(few_connections_are_shared_out_evenly);
  CPPUNIT_TEST(halting_leaves_the_connections_and_frees_the_port);
  CPPUNIT_TEST(a_listener_never_started_halts);
  CPPUNIT_TEST(deferred_connections_wait_for_those_that_end);
  CPPUNIT_TEST(deferred_connections_wait_for_other_limits);
  CPPUNIT_TEST(halting_ends_the_waiting);
  CPPUNIT_TEST_SUITE_END();

 public:
  void few_connections_are_shared_out_evenly() {
    LoopsHost host;
    std::vector<TestClient> clients;
    for (std::size_t i = 0; i < 2 * kLoops; ++i) {
      clients.push_back(TestClient::tcp(host.port()));
      clients.back().send("hello\n");
      CPPUNIT_ASSERT_EQUAL(std::string("hello\n"), clients.back().receive(6));
    }
    const std::vector<std::size_t> even(kLoops, 1 + 2);  // the acceptor and two connections
    CPPUNIT_ASSERT(eventually([&] { return host.channels() == even; }));
  }

  void halting_leaves_the_connections_and_frees_the_port() {
    LoopsHost host;
    TestClient client = TestClient::tcp(host.port());
    client.send("before\n");
    CPPUNIT_ASSERT_EQUAL(std::string("before\n"), client.receive(7));
    host.listener().halt();
    CPPUNIT_ASSERT_EQUAL(host.port(), bind_tcp({"127.0.0.1", host.port(), false}).address().port());
    client.send("after\n");
    CPPUNIT_ASSERT_EQUAL(std::string("after\n"), client.receive(6));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, host.connections());
  }

  void a_listener_never_started_halts() {
    MemoryLog log;
    ServerState server;
    WorkerPool workers(1);
    const auto context = make_context(make_protocol("raw", "raw", echo_handler()), server, workers, log);
    EventLoop loop(std::chrono::nanoseconds(0), log);
    StreamListener listener(bind_tcp({"127.0.0.1", 0, false}), context, {&loop});
    listener.halt();
  }

  void deferred_connections_wait_for_those_that_end() {
    LoopsHost host(deferring(1));
    std::vector<TestClient> clients;
    for (std::size_t i = 0; i < 4 * kLoops; ++i) {
      clients.push_back(TestClient::tcp(host.port()));
      clients.back().send("hello\n");
    }
    // Accepted in the order in which they came.
    for (TestClient& client : clients) {
      CPPUNIT_ASSERT_EQUAL(std::string("hello\n"), client.receive(6));
      client.reset();
    }
    CPPUNIT_ASSERT(eventually([&] { return host.connections() == 0; }));
  }

  void deferred_connections_wait_for_other_limits() {
    LoopsHost host(deferring(1));
    TestClient first = TestClient::tcp(host.port());
    first.send("first\n");
    CPPUNIT_ASSERT_EQUAL(std::string("first\n"), first.receive(6));
    TestClient second = TestClient::tcp(host.port());
    second.send("second\n");
    host.limit(deferring(2));
    CPPUNIT_ASSERT_EQUAL(std::string("second\n"), second.receive(7));
  }

  void halting_ends_the_waiting() {
    LoopsHost host(deferring(1));
    TestClient first = TestClient::tcp(host.port());
    first.send("first\n");
    CPPUNIT_ASSERT_EQUAL(std::string("first\n"), first.receive(6));
    const TestClient waiting = TestClient::tcp(host.port());
    host.listener().halt();
    first.end_sending();
    CPPUNIT_ASSERT(eventually([&] { return host.connections() == 0; }));
  }

 private:
  static Limits deferring(std::uint64_t connections) {
    Limits limits;
    limits.connections = connections;
    limits.on_limit = OnLimit::defer;
    return limits;
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AcceptorTest);

}  // namespace
}  // namespace netkit::testing
