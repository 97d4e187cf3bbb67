#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <exception>
#include <string>
#include <thread>

#include "support/test_client.h"
#include "upstream_fixture.h"

namespace netkit::testing {
namespace {

constexpr std::size_t kAll = std::size_t{64} << 20;
constexpr std::size_t kMessage = std::size_t{64} << 10;
constexpr std::size_t kBound = (std::size_t{1} << 20) + 2 * kMessage;

/// Sends kAll and the end on a thread of its own, which a test that fails does not wait for.
class Writer {
 public:
  explicit Writer(TestPeer& peer) : peer_(peer), thread_([this] { write(); }) {}
  ~Writer() {
    ::shutdown(peer_.fd(), SHUT_RDWR);
    thread_.join();
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

 private:
  void write() {
    try {
      peer_.send(std::string(kAll, 'x'));
      peer_.end_sending();
    } catch (const std::exception&) {
      return;  // the test has failed
    }
  }

  TestPeer& peer_;
  std::thread thread_;
};

class UpstreamBoundsTest : public UpstreamFixture {
  CPPUNIT_TEST_SUITE(UpstreamBoundsTest);
  CPPUNIT_TEST(a_slow_target_bounds_what_waits);
  CPPUNIT_TEST(a_paused_connection_holds_the_target_back);
  CPPUNIT_TEST(much_goes_both_ways_at_once);
  CPPUNIT_TEST(what_waits_counts_until_it_ends);
  CPPUNIT_TEST_SUITE_END();

 public:
  /// The sender goes on at each on_writable(), and the target reads only when nothing more is accepted.
  void a_slow_target_bounds_what_waits() {
    Sender sender;
    handler_->connected = handler_->writable = [&](const Upstream& upstream) { sender.go_on(upstream); };
    const Upstream upstream = connect(make_test_framing("raw"));
    TestPeer peer = accept();
    handler_->wait_for("connect");
    host_->on_loop([] {});
    std::size_t received = 0;
    while (received < kAll) received += peer.receive(std::size_t{256} << 10).size();
    CPPUNIT_ASSERT_EQUAL(kAll, received);
    CPPUNIT_ASSERT(handler_->count("writable") > 10);
    CPPUNIT_ASSERT(sender.most_waiting <= kBound);
  }

  void a_paused_connection_holds_the_target_back() {
    handler_->message_came = [](const Upstream& upstream) { upstream.pause(); };
    const Upstream upstream = connect(make_test_framing("raw"));
    TestPeer peer = accept();
    const Writer writer(peer);
    handler_->wait_for("connect");
    std::size_t before = 0;
    while (handler_->count("end") == 0) {
      const std::size_t received = handler_->received;
      if (received == before) {
        host_->on_loop([] {});
        continue;
      }
      CPPUNIT_ASSERT(received - before <= kMessage);  // one message for each resume()
      before = received;
      upstream.resume();
      if (received == kAll) handler_->wait_for("end");
    }
    CPPUNIT_ASSERT_EQUAL(kAll, handler_->received.load());
  }

  /// The target sends all back that it gets: neither side waits for the other for ever.
  void much_goes_both_ways_at_once() {
    Sender sender;
    handler_->connected = handler_->writable = [&](const Upstream& upstream) {
      sender.go_on(upstream);
      if (sender.sent == kAll) upstream.end();
    };
    connect(make_test_framing("raw"));
    TestPeer peer = accept();
    for (std::string bytes = peer.receive(); !bytes.empty(); bytes = peer.receive()) peer.send(bytes);
    peer.end_sending();
    handler_->wait_for("close peer-closed");
    CPPUNIT_ASSERT_EQUAL(kAll, handler_->received.load());
    CPPUNIT_ASSERT(sender.most_waiting <= kBound);
  }

  /// Answers that the target does not read, and a half message of its own.
  void what_waits_counts_until_it_ends() {
    const Upstream upstream = connect(make_test_framing("line"));
    TestPeer peer = accept();
    handler_->wait_for("connect");
    peer.send(std::string(kMessage, 'x'));
    CPPUNIT_ASSERT(eventually([&] { return host_->memory().taken() >= static_cast<std::int64_t>(kMessage); }));
    const SharedBody body = std::make_shared<const std::string>(kMessage, 'x');
    CPPUNIT_ASSERT(eventually([&] { return !upstream.send(body); }));
    CPPUNIT_ASSERT(eventually([&] { return host_->memory().taken() >= std::int64_t{1} << 20; }));
    host_->on_loop([this] {
      host_->loop().for_each([](Channel& channel) {
        if (channel.weight() > 0) channel.abort(CloseReason::over_memory);
      });
    });
    handler_->wait_for("close over-memory");
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, host_->memory().taken());
  }

 private:
  struct Sender {
    void go_on(const Upstream& upstream) {
      while (sent < kAll && upstream.send(body)) {
        sent += kMessage;
        most_waiting = std::max(most_waiting, upstream.waiting());
      }
    }
    const SharedBody body = std::make_shared<const std::string>(kMessage, 'x');
    std::size_t sent = 0;
    std::size_t most_waiting = 0;
  };
};

CPPUNIT_TEST_SUITE_REGISTRATION(UpstreamBoundsTest);

}  // namespace
}  // namespace netkit::testing
