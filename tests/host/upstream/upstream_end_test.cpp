#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "upstream_fixture.h"

namespace netkit::testing {
namespace {

std::size_t open_descriptors() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) count += entry.path().empty() ? 0 : 1;
  return count;
}

class UpstreamEndTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(UpstreamEndTest);
  CPPUNIT_TEST(both_sides_half_close);
  CPPUNIT_TEST(the_target_half_closes_first);
  CPPUNIT_TEST(a_cut_message_is_told);
  CPPUNIT_TEST(a_reset_is_told);
  CPPUNIT_TEST(close_sends_what_waits);
  CPPUNIT_TEST(close_loses_nothing_though_bytes_are_unread);
  CPPUNIT_TEST(close_before_the_connection_is_there);
  CPPUNIT_TEST(an_owner_that_ends_resets_it_in_silence);
  CPPUNIT_TEST(an_owner_that_ends_lets_a_closed_one_finish);
  CPPUNIT_TEST(an_owner_that_has_ended_connects_nowhere);
  CPPUNIT_TEST(a_loop_that_stops_ends_all);
  CPPUNIT_TEST(many_connections_leave_no_descriptors);
  CPPUNIT_TEST_SUITE_END();

 public:
  void both_sides_half_close() {
    UpstreamHost host;
    TestTarget target;
    const auto handler = std::make_shared<Recorder>();
    const Upstream upstream = host.connect(UpstreamHost::tcp(target.port()), handler);
    TestPeer peer = target.accept();
    upstream.send("question");
    upstream.end();
    CPPUNIT_ASSERT(!upstream.send("too late"));
    CPPUNIT_ASSERT_EQUAL(std::string("question\n"), peer.receive_all());
    peer.send("answer\n");
    handler->wait_for("message answer");
    CPPUNIT_ASSERT(upstream.open());
    peer.end_sending();
    handler->wait_for("close peer-closed");
    CPPUNIT_ASSERT((handler->lines() == Lines{"connect", "message answer", "end", "close peer-closed"}));
  }

  void the_target_half_closes_first() {
    UpstreamHost host;
    TestTarget target;
    const auto handler = std::make_shared<Recorder>();
    const Upstream upstream = host.connect(UpstreamHost::tcp(target.port()), handler);
    TestPeer peer = target.accept();
    peer.send("all\n");
    peer.end_sending();
    handler->wait_for("end");
    CPPUNIT_ASSERT(upstream.open());
    CPPUNIT_ASSERT(upstream.send("still here"));
    CPPUNIT_ASSERT_EQUAL(std::string("still here\n"), peer.receive());
    upstream.end();
    handler->wait_for("close peer-closed");
    CPPUNIT_ASSERT_EQUAL(std::string(), peer.receive());
  }

  void a_cut_message_is_told() {
    UpstreamHost host;
    TestTarget target;
    const auto handler = std::make_shared<Recorder>();
    host.connect(UpstreamHost::tcp(target.port()), handler, make_test_framing("netstring"));
    TestPeer peer = target.accept();
    peer.send("5:ab");
    peer.end_sending();
    handler->wait_for("close peer-cut");
    CPPUNIT_ASSERT_EQUAL(std::string("4 bytes are not a whole message"), handler->last_detail);
  }

  void a_reset_is_told() {
    UpstreamHost host;
    TestTarget target;
    const auto handler = std::make_shared<Recorder>();
    host.connect(UpstreamHost::tcp(target.port()), handler);
    TestPeer peer = target.accept();
    handler->wait_for("connect");
    peer.reset();
    handler->wait_for("close peer-reset");
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, handler->lines().size());
  }

  void close_sends_what_waits() {
    UpstreamHost host;
    TestTarget target;
    const auto handler = std::make_shared<Recorder>();
    const Upstream upstream = host.connect(UpstreamHost::tcp(target.port()), handler, make_test_framing("raw"));
    TestPeer peer = target.accept();
    const std::string large(std::size_t{16} << 20, 'x');
    CPPUNIT_ASSERT(upstream.send(large));
    upstream.close();
    peer.send("nobody reads this");
    CPPUNIT_ASSERT_EQUAL(large.size(), peer.receive_all().size());
    peer.close();
    handler->wait_for("close closed");
  }

  /// A kernel that closes a socket with unread bytes resets the connection and throws away what is not sent yet.
  void close_loses_nothing_though_bytes_are_unread() {
    UpstreamHost host;
    TestTarget target;
    const int small = 4096;  // of the answer, so that most of it waits in the kernel of this side
    ::setsockopt(target.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    const auto handler = std::make_shared<Recorder>();
    const Upstream upstream = host.connect(UpstreamHost::tcp(target.port()), handler, make_test_framing("raw"));
    TestPeer peer = target.accept();
    handler->wait_for("connect");
    upstream.pause();
    peer.send("unread");
    const std::string large(std::size_t{100} << 10, 'x');
    host.on_loop([&] {
      upstream.send(large);
      upstream.close();
    });
    host.on_loop([] {});
    CPPUNIT_ASSERT_EQUAL(large.size(), peer.receive_all().size());
    peer.close();
    handler->wait_for("close closed");
  }

  void close_before_the_connection_is_there() {
    UpstreamHost host;
    TestTarget target;
    const auto silent = std::make_shared<Recorder>();
    const auto sender = std::make_shared<Recorder>();
    host.on_loop([&] {
      host.connect(UpstreamHost::tcp(target.port()), silent).close();
      const Upstream upstream = host.connect(UpstreamHost::tcp(target.port()), sender);
      upstream.send("farewell");
      upstream.close();
    });
    silent->wait_for("close closed");
    TestPeer peer = target.accept();
    std::string all = peer.receive_all();
    if (all.empty()) {
      peer = target.accept();
      all = peer.receive_all();
    }
    CPPUNIT_ASSERT_EQUAL(std::string("farewell\n"), all);
    peer.close();
    sender->wait_for("close closed");
    CPPUNIT_ASSERT((sender->lines() == Lines{"connect", "close closed"}));
  }

  void an_owner_that_ends_resets_it_in_silence() {
    UpstreamHost host;
    TestTarget target;
    const auto handler = std::make_shared<Recorder>();
    const Upstream upstream = host.connect(UpstreamHost::tcp(target.port()), handler);
    TestPeer peer = target.accept();
    handler->wait_for("connect");
    host.on_loop([&] { host.owner().end(); });
    CPPUNIT_ASSERT_EQUAL(std::string("reset"), peer.receive());
    CPPUNIT_ASSERT(!upstream.open());
    host.drain();
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, handler->lines().size());
    CPPUNIT_ASSERT_EQUAL(1L, handler.use_count());
  }

  void an_owner_that_ends_lets_a_closed_one_finish() {
    UpstreamHost host;
    TestTarget target;
    const auto handler = std::make_shared<Recorder>();
    const Upstream upstream = host.connect(UpstreamHost::tcp(target.port()), handler, make_test_framing("raw"));
    TestPeer peer = target.accept();
    handler->wait_for("connect");
    const std::string large(std::size_t{16} << 20, 'x');
    host.on_loop([&] {
      upstream.send(large);
      upstream.close();
      host.owner().end();
    });
    CPPUNIT_ASSERT_EQUAL(1L, handler.use_count());
    CPPUNIT_ASSERT_EQUAL(large.size(), peer.receive_all().size());
    peer.close();
    host.drain();
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, handler->lines().size());
  }

  void an_owner_that_has_ended_connects_nowhere() {
    UpstreamHost host;
    TestTarget target;
    const auto handler = std::make_shared<Recorder>();
    host.on_loop([&] { host.owner().end(); });
    const Upstream upstream = host.connect(UpstreamHost::tcp(target.port()), handler);
    host.on_loop([] {});
    host.on_loop([] {});
    CPPUNIT_ASSERT(!upstream.open());
    CPPUNIT_ASSERT(handler->lines().empty());
    CPPUNIT_ASSERT_EQUAL(1L, handler.use_count());
  }

  void a_loop_that_stops_ends_all() {
    TestTarget target;
    const auto handler = std::make_shared<Recorder>();
    UpstreamHost host;
    Upstream upstream;
    for (int i = 0; i < 10; ++i) upstream = host.connect(UpstreamHost::tcp(target.port()), handler);
    handler->wait_for("connect", 10);
    host.stop();
    CPPUNIT_ASSERT(!upstream.open());
    CPPUNIT_ASSERT_EQUAL(1L, handler.use_count());
  }

  void many_connections_leave_no_descriptors() {
    UpstreamHost host;
    TestTarget target;
    const auto handler = std::make_shared<Recorder>();
    const std::size_t before = open_descriptors();
    for (int round = 0; round < 10; ++round) {
      std::vector<Upstream> open;
      std::vector<TestPeer> peers;
      for (int i = 0; i < 100; ++i) {
        open.push_back(host.connect(UpstreamHost::tcp(target.port()), handler));
        peers.push_back(target.accept());
      }
      for (int i = 0; i < 100; ++i) {
        if (i % 3 == 0) peers[i].close();  // told by on_end()
        open[i].close();
      }
      peers.clear();
      host.drain();
    }
    CPPUNIT_ASSERT_EQUAL(std::size_t{1000}, handler->count("close closed") + handler->count("close peer-reset"));
    CPPUNIT_ASSERT_EQUAL(before, open_descriptors());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(UpstreamEndTest);

}  // namespace
}  // namespace netkit::testing
