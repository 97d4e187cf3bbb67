#include <cppunit/extensions/HelperMacros.h>

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

constexpr std::size_t kMessage = 20'000;

/// Keeps the reply to the message "keep", and sends back all others.
class Keeper {
 public:
  std::shared_ptr<Handler> handler() {
    return make_handler([this](const Message& message, Responder& responder) {
      if (message.body != "keep") return responder.send(message.body);
      const std::lock_guard lock(mutex_);
      replies_.push_back(responder.defer());
    });
  }
  bool has_kept() const {
    return eventually([&] {
      const std::lock_guard lock(mutex_);
      return !replies_.empty();
    });
  }
  void finish() {
    const std::lock_guard lock(mutex_);
    for (Reply& reply : replies_) reply.finish("late");
    replies_.clear();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Reply> replies_;
};

/// What limits.memory is about: all that waits for a peer, wherever it stands.
class WaitingMemoryTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(WaitingMemoryTest);
  CPPUNIT_TEST(a_message_that_a_worker_has_counts);
  CPPUNIT_TEST(answers_that_are_held_count);
  CPPUNIT_TEST(datagrams_that_wait_count);
  CPPUNIT_TEST(a_datagram_whose_call_is_open_counts);
  CPPUNIT_TEST(a_conversation_that_is_cut_off_gives_all_back);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_message_that_a_worker_has_counts() {
    std::atomic<bool> go_on{false};
    TestHost host(make_protocol("line", "line", waiting_handler(go_on)), Transport::tcp);
    TestClient client = TestClient::tcp(host.port());
    client.send(line());
    CPPUNIT_ASSERT(takes(host, kMessage));
    go_on = true;
    CPPUNIT_ASSERT(line() == client.receive(kMessage + 1));
    CPPUNIT_ASSERT(takes_nothing(host));
  }

  void answers_that_are_held_count() {
    TestHost host(many_calls(), Transport::tcp);
    TestClient client = TestClient::tcp(host.port());
    client.send("keep\n" + line() + line());
    CPPUNIT_ASSERT(takes(host, 2 * kMessage));
    keeper_.finish();
    CPPUNIT_ASSERT_EQUAL(5 + 2 * (kMessage + 1), client.receive(5 + 2 * (kMessage + 1)).size());
    CPPUNIT_ASSERT(takes_nothing(host));
  }

  void datagrams_that_wait_count() {
    TestHost host(make_protocol("line", "line", keeper_.handler()), Transport::udp);
    allow_conversations(host);
    TestClient client = TestClient::udp(host.port());
    client.send("keep\n");
    client.send(line());
    client.send(line());
    CPPUNIT_ASSERT(takes(host, 2 * kMessage));
    CPPUNIT_ASSERT(keeper_.has_kept());
    keeper_.finish();
    CPPUNIT_ASSERT_EQUAL(std::string("late\n"), client.receive());
    for (int i = 0; i < 2; ++i) CPPUNIT_ASSERT(line() == client.receive());
    CPPUNIT_ASSERT(takes_nothing(host));
  }

  void a_datagram_whose_call_is_open_counts() {
    std::atomic<bool> go_on{false};
    TestHost host(make_protocol("line", "line", waiting_handler(go_on)), Transport::udp);
    TestClient client = TestClient::udp(host.port());
    client.send(line() + line());  // a call, and the rest of its datagram
    CPPUNIT_ASSERT(takes(host, 2 * kMessage));
    host.server().memory.allow(1);
    TestClient other = TestClient::udp(host.port());
    other.send(line());
    CPPUNIT_ASSERT(eventually([&] { return host.dropped(DatagramDrop::over_limit) == 1; }));
    go_on = true;
    for (int i = 0; i < 2; ++i) CPPUNIT_ASSERT(line() == client.receive());
    CPPUNIT_ASSERT(takes_nothing(host));
  }

  void a_conversation_that_is_cut_off_gives_all_back() {
    TestHost stream(many_calls(), Transport::tcp);
    TestHost datagrams(make_protocol("line", "line", keeper_.handler()), Transport::udp);
    allow_conversations(datagrams);
    TestClient one = TestClient::tcp(stream.port());
    TestClient other = TestClient::udp(datagrams.port());
    one.send("keep\n" + line());
    other.send("keep\n");
    other.send(line());
    for (TestHost* host : {&stream, &datagrams}) {
      CPPUNIT_ASSERT(takes(*host, kMessage));
      host->loop().post([host] {
        host->loop().for_each([](Channel& channel) {
          if (channel.conversation_of() != nullptr) channel.abort(CloseReason::over_memory);
        });
      });
      CPPUNIT_ASSERT(takes_nothing(*host));
      CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, host->closed(CloseReason::over_memory));
    }
  }

 private:
  static std::string line() { return std::string(kMessage, 'x') + "\n"; }

  /// Runs on a worker and sends back a message once it may.
  static std::shared_ptr<Handler> waiting_handler(const std::atomic<bool>& go_on) {
    return make_handler(
        [&go_on](const Message& message, Responder& responder) {
          eventually([&] { return go_on.load(); });
          responder.send(message.body);
        },
        true);
  }
  Protocol many_calls() {
    Protocol protocol = make_protocol("line", "line", keeper_.handler());
    protocol.open_calls = 10;
    return protocol;
  }

  static void allow_conversations(TestHost& host) {
    std::promise<void> done;
    host.loop().post([&] {
      host.context().datagrams.most_conversations = 10;
      done.set_value();
    });
    done.get_future().wait();
  }

  static bool takes(TestHost& host, std::size_t bytes) {
    const auto least = static_cast<std::int64_t>(bytes / MemoryBudget::kStep * MemoryBudget::kStep);
    return eventually([&] { return host.server().memory.taken() >= least; });
  }
  static bool takes_nothing(TestHost& host) {
    return eventually([&] { return host.server().memory.taken() == 0; });
  }

  Keeper keeper_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(WaitingMemoryTest);

}  // namespace
}  // namespace netkit::testing
