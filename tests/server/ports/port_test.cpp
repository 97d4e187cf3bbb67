#include "server/ports/port.h"

#include <cppunit/extensions/HelperMacros.h>

#include <future>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "server/ports/bind.h"
#include "server/ports/datagram_port.h"
#include "server/ports/stream_port.h"
#include "support/fake_session.h"
#include "support/test_client.h"
#include "support/test_host.h"

namespace netkit::testing {
namespace {

/// What a Port promises, on both kinds of socket.
class PortTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(PortTest);
  CPPUNIT_TEST(loops_are_handed_out_in_turn);
  CPPUNIT_TEST(a_stream_port_serves_and_changes_its_context);
  CPPUNIT_TEST(a_datagram_port_serves_and_changes_its_context);
  CPPUNIT_TEST(a_paused_stream_port_leaves_connections_to_the_kernel);
  CPPUNIT_TEST(a_paused_datagram_port_drops_and_counts);
  CPPUNIT_TEST(a_closed_port_refuses_and_its_connections_go_on);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    state_.most_connections = 1000;
    loop_.start();
  }
  void tearDown() override {
    loop_.post([this] { loop_.for_each([](Channel& channel) { channel.abort(CloseReason::shutdown); }); });
    workers_.stop(60'000);
    loop_.stop();
  }

  void loops_are_handed_out_in_turn() {
    EventLoop other(std::chrono::nanoseconds(0), log_);
    LoopRoundRobin loops({&loop_, &other});
    EventLoop& first = loops.next();
    EventLoop& second = loops.next();
    CPPUNIT_ASSERT(&first != &second);
    CPPUNIT_ASSERT(&loops.next() == &first);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, loops.all().size());
  }

  void a_stream_port_serves_and_changes_its_context() {
    const std::unique_ptr<Port> port = stream_port();
    port->serve(context("one"), loops_);
    TestClient old = TestClient::tcp(port->bound().port);
    CPPUNIT_ASSERT_EQUAL(std::string("one\n"), ask(old));
    port->serve(context("two"), loops_);
    settle();
    TestClient fresh = TestClient::tcp(port->bound().port);
    CPPUNIT_ASSERT_EQUAL(std::string("two\n"), ask(fresh));
    CPPUNIT_ASSERT_EQUAL(std::string("one\n"), ask(old));
  }

  void a_datagram_port_serves_and_changes_its_context() {
    const std::unique_ptr<Port> port = datagram_port();
    port->serve(context("one"), loops_);
    TestClient client = TestClient::udp(port->bound().port);
    CPPUNIT_ASSERT_EQUAL(std::string("one\n"), ask(client));
    port->serve(context("two"), loops_);
    settle();
    CPPUNIT_ASSERT_EQUAL(std::string("two\n"), ask(client));
  }

  void a_paused_stream_port_leaves_connections_to_the_kernel() {
    const std::unique_ptr<Port> port = stream_port();
    port->pause(true);  // before it is served
    port->serve(context("one"), loops_);
    TestClient client = TestClient::tcp(port->bound().port);
    client.send("hello\n");
    settle();
    CPPUNIT_ASSERT(!client.readable(std::chrono::milliseconds(0)));
    CPPUNIT_ASSERT(port->paused());
    port->pause(false);
    CPPUNIT_ASSERT_EQUAL(std::string("one\n"), client.receive());
  }

  void a_paused_datagram_port_drops_and_counts() {
    const std::unique_ptr<Port> port = datagram_port();
    const auto served = context("one");
    port->serve(served, loops_);
    port->pause(true);
    settle();
    TestClient client = TestClient::udp(port->bound().port);
    client.send("hello\n");
    const auto& dropped = served->counters.datagrams_dropped[static_cast<std::size_t>(DatagramDrop::paused)];
    CPPUNIT_ASSERT(eventually([&] { return dropped == 1; }));
    port->pause(false);
    settle();
    CPPUNIT_ASSERT_EQUAL(std::string("one\n"), ask(client));
  }

  void a_closed_port_refuses_and_its_connections_go_on() {
    const std::unique_ptr<Port> port = stream_port();
    port->serve(context("one"), loops_);
    TestClient old = TestClient::tcp(port->bound().port);
    CPPUNIT_ASSERT_EQUAL(std::string("one\n"), ask(old));
    port->close();
    port->close();
    CPPUNIT_ASSERT(eventually([&] { return refused(port->bound().port); }));
    CPPUNIT_ASSERT_EQUAL(std::string("one\n"), ask(old));
  }

 private:
  std::unique_ptr<Port> stream_port() const {
    const Address any{"127.0.0.1", 0, false};
    return std::make_unique<StreamPort>("a", any, bind_tcp(any));
  }
  std::unique_ptr<Port> datagram_port() const {
    const Address any{"127.0.0.1", 0, false};
    return std::make_unique<DatagramPort>("a", any, bind_udp(any));
  }
  /// Of a handler that answers each line with `word`.
  std::shared_ptr<ListenerContext> context(const std::string& word) {
    auto handler = make_handler([word](const Message&, Responder& responder) { responder.send(word); });
    return std::make_shared<ListenerContext>(
        ListenerSettings{.name = "a", .protocol = make_protocol("line", "line", std::move(handler))}, state_, workers_,
        log_);
  }
  static std::string ask(TestClient& client) {
    client.send("hello\n");
    return client.receive();
  }
  static bool refused(std::uint16_t number) {
    try {
      TestClient::tcp(number);
      return false;
    } catch (const std::system_error& error) {
      return error.code().value() == ECONNREFUSED;
    }
  }
  /// Waits until the loop has had two turns.
  void settle() {
    for (int turn = 0; turn < 2; ++turn) {
      std::promise<void> done;
      loop_.post([&] { done.set_value(); });
      done.get_future().wait();
    }
  }

  MemoryLog log_;
  ServerState state_;
  WorkerPool workers_{2};
  EventLoop loop_{std::chrono::nanoseconds(0), log_};
  LoopRoundRobin loops_{{&loop_}};
};
CPPUNIT_TEST_SUITE_REGISTRATION(PortTest);

}  // namespace
}  // namespace netkit::testing
