#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <atomic>
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
constexpr std::int64_t kMiB = std::int64_t{1} << 20;

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
  CPPUNIT_TEST(memory_counts_that_a_large_message_has_left_behind);
  CPPUNIT_TEST(an_answer_counts_until_its_last_byte_is_taken);
  CPPUNIT_TEST(answers_that_are_held_count);
  CPPUNIT_TEST(datagrams_that_wait_count);
  CPPUNIT_TEST(a_datagram_whose_call_is_open_counts);
  CPPUNIT_TEST(a_conversation_that_is_cut_off_gives_all_back);
  CPPUNIT_TEST(a_heavy_connection_is_not_read_while_memory_is_tight);
  CPPUNIT_TEST(arrivals_wait_while_too_much_is_taken);
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

  /// A part of the next message keeps it.
  void memory_counts_that_a_large_message_has_left_behind() {
    TestHost host(make_protocol("line", "line", echo_handler()), Transport::tcp);
    TestClient client = TestClient::tcp(host.port());
    const std::size_t large = 600'000;
    client.send(std::string(large, 'x') + "\n" + std::string(1000, 'y'));
    CPPUNIT_ASSERT_EQUAL(large + 1, client.receive(large + 1).size());
    wait_for_turn(host);
    CPPUNIT_ASSERT(host.server().memory.taken() >= static_cast<std::int64_t>(large));
    client.send("\n");
    CPPUNIT_ASSERT_EQUAL(std::string(1000, 'y') + "\n", client.receive(1001));
    CPPUNIT_ASSERT(takes_nothing(host));
  }

  /// Whatever of it the peer has read: the memory goes back when all has left.
  void an_answer_counts_until_its_last_byte_is_taken() {
    TestHost host(make_protocol("line", "line", echo_handler()), Transport::tcp);
    TestClient client = TestClient::tcp(host.port());
    send_until_nobody_reads(client, std::size_t{64} << 20);
    const std::int64_t most = host.server().memory.taken();
    CPPUNIT_ASSERT(most >= kMiB);
    // The client takes little by little, so that only a little is left to be sent at some time.
    std::int64_t least = most;
    std::array<char, 4000> room{};
    while (host.server().memory.taken() != 0) {
      CPPUNIT_ASSERT(::recv(client.fd(), room.data(), room.size(), 0) > 0);
      wait_for_turn(host);
      if (const std::int64_t taken = host.server().memory.taken(); taken != 0) least = std::min(least, taken);
    }
    CPPUNIT_ASSERT(least >= kMiB);
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

  void a_heavy_connection_is_not_read_while_memory_is_tight() {
    Protocol protocol = make_protocol("line", "line", echo_handler());
    protocol.output_limit = SIZE_MAX;  // nothing else stops the reading
    TestHost host(std::move(protocol), Transport::tcp);
    host.server().memory.allow(8 * kMiB);
    std::atomic<bool> over{false};
    host.server().memory.when_over([&] { over = true; });
    TestClient client = TestClient::tcp(host.port());
    const std::size_t sent = send_until_nobody_reads(client, std::size_t{64} << 20);
    CPPUNIT_ASSERT(sent < std::size_t{64} << 20);
    CPPUNIT_ASSERT(host.server().memory.tight());
    const std::size_t whole = sent / (kMessage + 1) * (kMessage + 1);
    CPPUNIT_ASSERT_EQUAL(whole, client.receive(whole).size());
    CPPUNIT_ASSERT(eventually([&] { return !host.server().memory.tight(); }));
    CPPUNIT_ASSERT(!over);
  }

  void arrivals_wait_while_too_much_is_taken() {
    TestHost host(make_protocol("line", "line", echo_handler()), Transport::tcp);
    MemoryBudget& memory = host.server().memory;
    memory.allow(8 * kMiB);
    memory.add(7 * kMiB);
    TestClient client = TestClient::tcp(host.port());
    client.send("hello\n");
    CPPUNIT_ASSERT(eventually([&] { return host.log.contains("new connections wait: limits.memory reached"); }));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, host.context().counters.accepted.load());
    CPPUNIT_ASSERT(host.context().counters.limits_reached > 0);
    memory.add(-kMiB);
    CPPUNIT_ASSERT_EQUAL(std::string("hello\n"), client.receive());
    memory.add(-6 * kMiB);
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

  /// Until the loop has done with what it was amid.
  static void wait_for_turn(TestHost& host) {
    std::promise<void> done;
    host.loop().post([&] { done.set_value(); });
    done.get_future().wait();
  }

  static bool takes(TestHost& host, std::size_t bytes) {
    const auto least = static_cast<std::int64_t>(bytes / MemoryBudget::kStep * MemoryBudget::kStep);
    return eventually([&] { return host.server().memory.taken() >= least; });
  }
  static bool takes_nothing(TestHost& host) {
    return eventually([&] { return host.server().memory.taken() == 0; });
  }

  /// Returns how many bytes were taken, at most about `most`.
  static std::size_t send_until_nobody_reads(TestClient& client, std::size_t most) {
    const int flags = ::fcntl(client.fd(), F_GETFL);
    ::fcntl(client.fd(), F_SETFL, flags | O_NONBLOCK);
    const std::string bytes = line();
    std::size_t sent = 0;
    pollfd room{client.fd(), POLLOUT, 0};
    while (sent<most&& ::poll(&room, 1, 500)> 0) {
      const std::size_t at = sent % bytes.size();
      const ssize_t count = ::send(client.fd(), bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
      if (count > 0) sent += static_cast<std::size_t>(count);
    }
    ::fcntl(client.fd(), F_SETFL, flags);
    return sent;
  }

  Keeper keeper_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(WaitingMemoryTest);

}  // namespace
}  // namespace netkit::testing
