#include "host/datagram/pending_calls.h"

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "support/fake_session.h"
#include "support/test_client.h"
#include "support/test_host.h"

namespace netkit::testing {
namespace {

/// Keeps the replies to all messages but "now", which it sends back.
class KeptReplies {
 public:
  std::shared_ptr<Handler> handler() {
    return make_handler([this](const Message& message, Responder& responder) {
      if (message.body == "now") return responder.send(message.body);
      const std::lock_guard lock(mutex_);
      replies_.push_back(responder.defer());
    });
  }
  bool are(std::size_t count) const {
    return eventually([&] {
      const std::lock_guard lock(mutex_);
      return replies_.size() == count;
    });
  }
  void finish(std::size_t index, const std::string& answer) {
    const std::lock_guard lock(mutex_);
    replies_[index].finish(answer);
  }
  bool wanted(std::size_t index) const {
    const std::lock_guard lock(mutex_);
    return replies_[index].wanted();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Reply> replies_;
};

/// Of a socket whose handler does not answer at once.
class PendingCallsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(PendingCallsTest);
  CPPUNIT_TEST(a_kept_reply_is_sent_and_the_rest_of_the_datagram_answered);
  CPPUNIT_TEST(late_answers_are_counted);
  CPPUNIT_TEST(others_are_answered_meanwhile);
  CPPUNIT_TEST(a_call_whose_time_is_over_is_not_answered);
  CPPUNIT_TEST(a_workers_call_whose_time_is_over_is_not_answered);
  CPPUNIT_TEST(there_are_so_many_and_no_more);
  CPPUNIT_TEST(a_drain_waits_for_them);
  CPPUNIT_TEST(the_end_of_a_drain_ends_and_counts_them);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_kept_reply_is_sent_and_the_rest_of_the_datagram_answered() {
    TestHost host(make_protocol("line", "line", replies_.handler()), Transport::udp);
    TestClient client = TestClient::udp(host.port());
    client.send("keep\nnow\n");
    CPPUNIT_ASSERT(replies_.are(1));
    CPPUNIT_ASSERT(replies_.wanted(0));
    replies_.finish(0, "late");
    CPPUNIT_ASSERT_EQUAL(std::string("late\n"), client.receive());
    CPPUNIT_ASSERT_EQUAL(std::string("now\n"), client.receive());
    CPPUNIT_ASSERT(eventually([this] { return !replies_.wanted(0); }));
  }

  void late_answers_are_counted() {
    TestHost host(make_protocol("line", "line", replies_.handler()), Transport::udp);
    TestClient client = TestClient::udp(host.port());
    client.send("keep\nnow\n");
    CPPUNIT_ASSERT(replies_.are(1));
    replies_.finish(0, "late");
    CPPUNIT_ASSERT_EQUAL(std::string("late\n"), client.receive());
    CPPUNIT_ASSERT_EQUAL(std::string("now\n"), client.receive());
    const Traffic traffic = host.context().counters.traffic.sum();  // counted before they leave
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, traffic.received_messages);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, traffic.sent_messages);
    CPPUNIT_ASSERT(eventually([&] { return host.context().counters.traffic.sum().sent_bytes == 9; }));
  }

  void others_are_answered_meanwhile() {
    TestHost host(make_protocol("line", "line", replies_.handler()), Transport::udp);
    TestClient slow = TestClient::udp(host.port());
    TestClient quick = TestClient::udp(host.port());
    slow.send("keep\n");
    CPPUNIT_ASSERT(replies_.are(1));
    quick.send("now\n");
    CPPUNIT_ASSERT_EQUAL(std::string("now\n"), quick.receive());
    slow.send("now\n");
    CPPUNIT_ASSERT_EQUAL(std::string("now\n"), slow.receive());  // a datagram of its own
    replies_.finish(0, "late");
    CPPUNIT_ASSERT_EQUAL(std::string("late\n"), slow.receive());
  }

  void a_call_whose_time_is_over_is_not_answered() {
    TestHost host(make_protocol("line", "line", replies_.handler()), Transport::udp);
    limit_calls(host);
    TestClient client = TestClient::udp(host.port());
    client.send("keep\n");
    CPPUNIT_ASSERT(replies_.are(1));
    CPPUNIT_ASSERT(eventually([&] { return host.closed(CloseReason::handler_timeout) == 1; }));
    CPPUNIT_ASSERT(eventually([this] { return !replies_.wanted(0); }));
    replies_.finish(0, "late");
    client.send("now\n");
    CPPUNIT_ASSERT_EQUAL(std::string("now\n"), client.receive());
  }

  void a_workers_call_whose_time_is_over_is_not_answered() {
    std::promise<void> go_on;
    const auto handler = make_handler(
        [wait = go_on.get_future().share()](const Message&, Responder& responder) {
          wait.wait();
          responder.send("late");
        },
        true);
    TestHost host(make_protocol("line", "line", handler), Transport::udp);
    limit_calls(host);
    TestClient client = TestClient::udp(host.port());
    client.send("first\n");
    CPPUNIT_ASSERT(eventually([&] { return host.closed(CloseReason::handler_timeout) == 1; }));
    go_on.set_value();
    CPPUNIT_ASSERT(eventually([&] { return host.context().state->connections == 0; }));  // its permit is back
    CPPUNIT_ASSERT(!client.readable(std::chrono::milliseconds(0)));
  }

  void the_end_of_a_drain_ends_and_counts_them() {
    TestHost host(make_protocol("line", "line", replies_.handler()), Transport::udp);
    TestClient client = TestClient::udp(host.port());
    for (int i = 0; i < 2; ++i) client.send("keep\n");
    CPPUNIT_ASSERT(replies_.are(2));
    host.loop().post([&] { host.loop().for_each([](Channel& channel) { channel.abort(CloseReason::shutdown); }); });
    CPPUNIT_ASSERT(eventually([&] { return host.closed(CloseReason::shutdown) == 2; }));
    for (std::size_t reply = 0; reply < 2; ++reply) CPPUNIT_ASSERT(!replies_.wanted(reply));
    CPPUNIT_ASSERT(eventually([&] { return host.loop().channels() == 0; }));
  }

  void there_are_so_many_and_no_more() {
    constexpr std::size_t kMost = 1024;
    TestHost host(make_protocol("line", "line", replies_.handler()), Transport::udp, 10'000);
    TestClient client = TestClient::udp(host.port());
    for (std::size_t i = 0; i < kMost; ++i) {
      client.send("keep\n");
      if (i % 64 == 63) CPPUNIT_ASSERT(replies_.are(i + 1));  // or the kernel drops some
    }
    client.send("keep\n");
    CPPUNIT_ASSERT(eventually([&] { return host.dropped(DatagramDrop::too_many_calls) == 1; }));
    client.send("now\n");
    CPPUNIT_ASSERT_EQUAL(std::string("now\n"), client.receive());
    replies_.finish(0, "late");
    CPPUNIT_ASSERT_EQUAL(std::string("late\n"), client.receive());
    client.send("keep\n");
    CPPUNIT_ASSERT(replies_.are(kMost + 2));  // there is room again; the one that was dropped counts
  }

  void a_drain_waits_for_them() {
    TestHost host(make_protocol("line", "line", replies_.handler()), Transport::udp);
    TestClient client = TestClient::udp(host.port());
    client.send("keep\n");
    CPPUNIT_ASSERT(replies_.are(1));
    host.loop().post([&] { host.loop().for_each([](Channel& channel) { channel.drain(); }); });
    replies_.finish(0, "late");
    CPPUNIT_ASSERT_EQUAL(std::string("late\n"), client.receive());
    CPPUNIT_ASSERT(eventually([&] { return host.loop().channels() == 0; }));
  }

 private:
  /// Lets calls take 20 ms. Done on the loop, which reads it.
  static void limit_calls(TestHost& host) {
    std::promise<void> done;
    host.loop().post([&] {
      host.context().timeouts.handler = std::chrono::milliseconds(20);
      done.set_value();
    });
    done.get_future().wait();
  }

  KeptReplies replies_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(PendingCallsTest);

}  // namespace
}  // namespace netkit::testing
