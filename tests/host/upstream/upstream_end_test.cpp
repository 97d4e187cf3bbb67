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

class UpstreamEndTest : public UpstreamFixture {
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
    const Upstream upstream = connect();
    TestPeer peer = accept();
    upstream.send("question");
    upstream.end();
    CPPUNIT_ASSERT(!upstream.send("too late"));
    CPPUNIT_ASSERT_EQUAL(std::string("question\n"), peer.receive_all());
    peer.send("answer\n");
    handler_->wait_for("message answer");
    CPPUNIT_ASSERT(upstream.open());
    peer.end_sending();
    handler_->wait_for("close peer-closed");
    CPPUNIT_ASSERT((handler_->lines() == Lines{"connect", "message answer", "end", "close peer-closed"}));
  }

  void the_target_half_closes_first() {
    const Upstream upstream = connect();
    TestPeer peer = accept();
    peer.send("all\n");
    peer.end_sending();
    handler_->wait_for("end");
    CPPUNIT_ASSERT(upstream.open());
    CPPUNIT_ASSERT(upstream.send("still here"));
    CPPUNIT_ASSERT_EQUAL(std::string("still here\n"), peer.receive());
    upstream.end();
    handler_->wait_for("close peer-closed");
    CPPUNIT_ASSERT_EQUAL(std::string(), peer.receive());
  }

  void a_cut_message_is_told() {
    connect(make_test_framing("netstring"));
    TestPeer peer = accept();
    peer.send("5:ab");
    peer.end_sending();
    handler_->wait_for("close peer-cut");
    CPPUNIT_ASSERT_EQUAL(std::string("4 bytes are not a whole message"), handler_->last_detail);
  }

  void a_reset_is_told() {
    connect();
    TestPeer peer = accept();
    handler_->wait_for("connect");
    peer.reset();
    handler_->wait_for("close peer-reset");
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, handler_->lines().size());
  }

  void close_sends_what_waits() {
    const Upstream upstream = connect(make_test_framing("raw"));
    TestPeer peer = accept();
    const std::string large(std::size_t{16} << 20, 'x');
    CPPUNIT_ASSERT(upstream.send(large));
    upstream.close();
    peer.send("nobody reads this");
    CPPUNIT_ASSERT_EQUAL(large.size(), peer.receive_all().size());
    peer.close();
    handler_->wait_for("close closed");
  }

  /// A kernel that closes a socket with unread bytes resets the connection and throws away what is not sent yet.
  void close_loses_nothing_though_bytes_are_unread() {
    const int small = 4096;  // of the answer, so that most of it waits in the kernel of this side
    ::setsockopt(target_->fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    const Upstream upstream = connect(make_test_framing("raw"));
    TestPeer peer = accept();
    handler_->wait_for("connect");
    upstream.pause();
    peer.send("unread");
    const std::string large(std::size_t{100} << 10, 'x');
    host_->on_loop([&] {
      upstream.send(large);
      upstream.close();
    });
    host_->on_loop([] {});
    CPPUNIT_ASSERT_EQUAL(large.size(), peer.receive_all().size());
    peer.close();
    handler_->wait_for("close closed");
  }

  void close_before_the_connection_is_there() {
    const auto silent = std::make_shared<Recorder>();
    const auto sender = std::make_shared<Recorder>();
    host_->on_loop([&] {
      host_->connect(UpstreamHost::tcp(target_->port()), silent).close();
      const Upstream upstream = host_->connect(UpstreamHost::tcp(target_->port()), sender);
      upstream.send("farewell");
      upstream.close();
    });
    silent->wait_for("close closed");
    TestPeer peer = accept();
    std::string all = peer.receive_all();
    if (all.empty()) {
      peer = accept();
      all = peer.receive_all();
    }
    CPPUNIT_ASSERT_EQUAL(std::string("farewell\n"), all);
    peer.close();
    sender->wait_for("close closed");
    CPPUNIT_ASSERT((sender->lines() == Lines{"connect", "close closed"}));
  }

  void an_owner_that_ends_resets_it_in_silence() {
    const Upstream upstream = connect();
    TestPeer peer = accept();
    handler_->wait_for("connect");
    host_->on_loop([&] { host_->owner().end(); });
    CPPUNIT_ASSERT_EQUAL(std::string("reset"), peer.receive());
    CPPUNIT_ASSERT(!upstream.open());
    host_->drain();
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, handler_->lines().size());
    CPPUNIT_ASSERT_EQUAL(1L, handler_.use_count());
  }

  void an_owner_that_ends_lets_a_closed_one_finish() {
    const Upstream upstream = connect(make_test_framing("raw"));
    TestPeer peer = accept();
    handler_->wait_for("connect");
    const std::string large(std::size_t{16} << 20, 'x');
    host_->on_loop([&] {
      upstream.send(large);
      upstream.close();
      host_->owner().end();
    });
    CPPUNIT_ASSERT_EQUAL(1L, handler_.use_count());
    CPPUNIT_ASSERT_EQUAL(large.size(), peer.receive_all().size());
    peer.close();
    host_->drain();
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, handler_->lines().size());
  }

  void an_owner_that_has_ended_connects_nowhere() {
    host_->on_loop([&] { host_->owner().end(); });
    const Upstream upstream = connect();
    host_->on_loop([] {});
    host_->on_loop([] {});
    CPPUNIT_ASSERT(!upstream.open());
    CPPUNIT_ASSERT(handler_->lines().empty());
    CPPUNIT_ASSERT_EQUAL(1L, handler_.use_count());
  }

  void a_loop_that_stops_ends_all() {
    Upstream upstream;
    for (int i = 0; i < 10; ++i) upstream = connect();
    handler_->wait_for("connect", 10);
    host_->stop();
    CPPUNIT_ASSERT(!upstream.open());
    CPPUNIT_ASSERT_EQUAL(1L, handler_.use_count());
  }

  void many_connections_leave_no_descriptors() {
    const std::size_t before = open_descriptors();
    for (int round = 0; round < 10; ++round) {
      std::vector<Upstream> open;
      std::vector<TestPeer> peers;
      for (int i = 0; i < 100; ++i) {
        open.push_back(connect());
        peers.push_back(accept());
      }
      for (int i = 0; i < 100; ++i) {
        if (i % 3 == 0) peers[i].close();  // told by on_end()
        open[i].close();
      }
      peers.clear();
      host_->drain();
    }
    CPPUNIT_ASSERT_EQUAL(std::size_t{1000}, handler_->count("close closed") + handler_->count("close peer-reset"));
    CPPUNIT_ASSERT_EQUAL(before, open_descriptors());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(UpstreamEndTest);

}  // namespace
}  // namespace netkit::testing
