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

using namespace std::chrono_literals;

/// Many at once of what a conversation may have.
class CrowdTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CrowdTest);
  CPPUNIT_TEST(ten_thousand_deferred_answers_leave_in_order);
  CPPUNIT_TEST(a_hundred_thousand_timers_end_with_their_conversation);
  CPPUNIT_TEST_SUITE_END();

 public:
  void ten_thousand_deferred_answers_leave_in_order() {
    constexpr std::size_t kConnections = 10;
    constexpr std::size_t kEach = 1000;
    std::mutex mutex;
    std::vector<std::pair<Reply, std::string>> kept;
    const auto count = [&] {
      const std::lock_guard lock(mutex);
      return kept.size();
    };
    serve(
        [&](const Message& message, Responder& responder) {
          const std::lock_guard lock(mutex);
          kept.emplace_back(responder.defer(), message.body);
        },
        kEach);
    std::string messages;
    for (std::size_t i = 0; i < kEach; ++i) messages += std::to_string(i) + '\n';
    std::vector<TestClient> clients;
    for (std::size_t i = 0; i < kConnections; ++i) {
      clients.push_back(TestClient::tcp(host_->port()));
      clients.back().send(messages);
    }
    CPPUNIT_ASSERT(eventually([&] { return count() == kConnections * kEach; }));  // all are open
    CPPUNIT_ASSERT(!clients.front().readable(0ms));
    for (; !kept.empty(); kept.pop_back()) kept.back().first.finish(kept.back().second);
    for (TestClient& client : clients) CPPUNIT_ASSERT_EQUAL(messages, client.receive(messages.size()));
  }

  /// What they cost on the way of a message is counted in scripts/bench.sh --check.
  void a_hundred_thousand_timers_end_with_their_conversation() {
    constexpr std::size_t kTimers = 100'000;
    serve([](const Message& message, Responder& responder) {
      if (message.body == "wind") {
        const Conversation conversation = responder.conversation();
        for (std::size_t i = 0; i < kTimers; ++i) conversation.after(1h - i * 1us, [] {}).detach();
      }
      responder.send(message.body);
    });
    TestClient client = TestClient::tcp(host_->port());
    client.send("wind\n");
    client.receive(5);
    CPPUNIT_ASSERT_EQUAL(kTimers, timers());
    client.send("hello\n");
    CPPUNIT_ASSERT_EQUAL(std::string("hello\n"), client.receive(6));
    client.reset();
    CPPUNIT_ASSERT(eventually([&] { return timers() == 0; }));
  }

 private:
  void serve(FunctionHandler::Function function, std::size_t open_calls = 1) {
    Protocol protocol = make_protocol("line", "line", make_handler(std::move(function)));
    protocol.open_calls = open_calls;
    host_ = std::make_unique<TestHost>(std::move(protocol), Transport::tcp);
  }
  std::size_t timers() {
    std::promise<std::size_t> size;
    host_->loop().post([&] { size.set_value(host_->loop().timers().size()); });
    return size.get_future().get();
  }

  std::unique_ptr<TestHost> host_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(CrowdTest);

}  // namespace
}  // namespace netkit::testing
