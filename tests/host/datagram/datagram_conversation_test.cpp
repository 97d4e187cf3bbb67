#include <cppunit/extensions/HelperMacros.h>

#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/fake_session.h"
#include "support/test_client.h"
#include "support/test_host.h"

namespace netkit::testing {
namespace {

/// What the handlers of a test have seen. Thread-safe.
class Notes {
 public:
  void add(std::string note) {
    const std::lock_guard lock(mutex_);
    notes_.push_back(std::move(note));
  }
  std::vector<std::string> all() const {
    const std::lock_guard lock(mutex_);
    return notes_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> notes_;
};

/// Counts the messages of its conversation, and does what some of them say.
class Counter final : public Handler {
 public:
  explicit Counter(Notes& notes, std::size_t open_calls = 1) : notes_(notes), open_calls_(open_calls) {}

  std::unique_ptr<Handler> for_conversation() override { return std::make_unique<Counter>(notes_, open_calls_); }
  CallBounds call_bounds() const override { return {.open = open_calls_}; }

  bool sees_events() const override { return true; }
  void on_open(const Conversation& conversation) override {
    notes_.add("open");
    if (open_calls_ == 7) conversation.send("welcome");
  }
  void on_close(const Conversation& /*conversation*/, const Ending& ending) override {
    notes_.add(std::string(ending.reason) + " after " + std::to_string(count_));
  }

  void on_message(const Message& message, Responder& responder) override {
    ++count_;
    if (message.body == "close") return responder.close();
    if (message.body == "throw") throw std::runtime_error("as it was told");
    if (message.body == "keep") {
      kept_.push_back(responder.defer());
      return;
    }
    if (message.body == "drop") {
      responder.defer();
      return;
    }
    if (message.body == "release") release();
    if (message.body == "pause") pause(responder.conversation());
    if (message.body == "close later") conversation_close(responder.conversation());
    responder.send(std::to_string(count_));
  }

 private:
  /// Finishes the last reply first.
  void release() {
    while (!kept_.empty()) {
      kept_.back().finish("kept " + std::to_string(kept_.size()));
      kept_.pop_back();
    }
  }
  void pause(const Conversation& conversation) {
    conversation.pause();
    timer_ = conversation.after(std::chrono::milliseconds(200), [this, conversation] {
      notes_.add("resumed after " + std::to_string(count_));
      conversation.resume();
    });
  }
  void conversation_close(const Conversation& conversation) {
    timer_ = conversation.after(std::chrono::milliseconds(1), [conversation] {
      conversation.send("bye");
      conversation.close();
    });
  }

  Notes& notes_;
  const std::size_t open_calls_;
  int count_ = 0;
  std::vector<Reply> kept_;
  Timer timer_;
};

/// Has peers of the host converse, up to so many of them. Done on the loop, which reads the rules.
void allow_conversations(TestHost& host, std::uint64_t most) {
  std::promise<void> done;
  host.loop().post([&] {
    host.context().datagrams.most_conversations = most;
    done.set_value();
  });
  done.get_future().wait();
}

/// The reply to the message `keep`, which a handler keeps that sends back all others.
class KeptReply {
 public:
  std::shared_ptr<Handler> handler() {
    return make_handler([this](const Message& message, Responder& responder) {
      if (message.body != "keep") return responder.send(message.body);
      const std::lock_guard lock(mutex_);
      reply_ = responder.defer();
    });
  }
  bool there() const {
    const std::lock_guard lock(mutex_);
    return reply_.has_value();
  }
  void finish() {
    const std::lock_guard lock(mutex_);
    reply_->finish("late");
  }

 private:
  mutable std::mutex mutex_;
  std::optional<Reply> reply_;
};

/// A host whose peers have conversations.
class ConversingHost {
 public:
  explicit ConversingHost(std::size_t open_calls = 1, std::chrono::nanoseconds idle = std::chrono::nanoseconds(0),
                          std::uint64_t most = 100)
      : host_(protocol(notes, open_calls), Transport::udp, 1000, idle) {
    allow_conversations(host_, most);
  }
  TestHost* operator->() { return &host_; }
  TestClient client() { return TestClient::udp(host_.port()); }
  std::uint64_t open() { return host_.context().state->connections; }
  bool noted(const std::vector<std::string>& expected) {
    return eventually([&] { return notes.all() == expected; });
  }

  Notes notes;

 private:
  static Protocol protocol(Notes& notes, std::size_t open_calls) {
    Protocol protocol = make_protocol("line", "line", std::make_shared<Counter>(notes, open_calls));
    protocol.open_calls = open_calls;
    return protocol;
  }

  TestHost host_;
};

std::string ask(TestClient& client, const std::string& question) {
  client.send(question);
  return client.receive();
}

class DatagramConversationTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DatagramConversationTest);
  CPPUNIT_TEST(a_session_lives_across_the_datagrams_of_its_peer);
  CPPUNIT_TEST(without_it_each_datagram_is_a_conversation);
  CPPUNIT_TEST(what_is_sent_on_open_leaves_first);
  CPPUNIT_TEST(an_idle_one_ends_and_the_next_datagram_begins_another);
  CPPUNIT_TEST(the_handler_ends_it);
  CPPUNIT_TEST(a_handle_ends_it_behind_what_it_has_sent);
  CPPUNIT_TEST(a_malformed_datagram_ends_it);
  CPPUNIT_TEST(a_handler_that_throws_ends_its_own_only);
  CPPUNIT_TEST(a_reply_that_is_dropped_ends_it);
  CPPUNIT_TEST(answers_of_open_calls_leave_in_the_order_of_the_messages);
  CPPUNIT_TEST(datagrams_wait_for_the_answer_before_them);
  CPPUNIT_TEST(a_datagram_waits_where_too_many_answers_are_held);
  CPPUNIT_TEST(what_waits_is_bounded);
  CPPUNIT_TEST(a_handler_that_pauses_gets_the_datagrams_later);
  CPPUNIT_TEST(calls_on_workers_are_answered_in_order);
  CPPUNIT_TEST(new_peers_are_dropped_beyond_the_most);
  CPPUNIT_TEST(each_holds_a_connection);
  CPPUNIT_TEST(draining_ends_all_and_the_socket);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_session_lives_across_the_datagrams_of_its_peer() {
    ConversingHost host;
    TestClient one = host.client();
    TestClient other = host.client();
    CPPUNIT_ASSERT_EQUAL(std::string("1\n"), ask(one, "x\n"));
    CPPUNIT_ASSERT_EQUAL(std::string("2\n"), ask(one, "x\n"));
    CPPUNIT_ASSERT_EQUAL(std::string("1\n"), ask(other, "x\n"));
    CPPUNIT_ASSERT_EQUAL(std::string("3\n"), ask(one, "x\n"));
    CPPUNIT_ASSERT((host.notes.all() == std::vector<std::string>{"open", "open"}));
  }

  void without_it_each_datagram_is_a_conversation() {
    ConversingHost host(1, std::chrono::nanoseconds(0), 0);
    TestClient client = host.client();
    CPPUNIT_ASSERT_EQUAL(std::string("1\n"), ask(client, "x\n"));
    CPPUNIT_ASSERT_EQUAL(std::string("1\n"), ask(client, "x\n"));
  }

  void what_is_sent_on_open_leaves_first() {
    ConversingHost host(7);
    TestClient client = host.client();
    CPPUNIT_ASSERT_EQUAL(std::string("welcome\n"), ask(client, "x\n"));
    CPPUNIT_ASSERT_EQUAL(std::string("1\n"), client.receive());
  }

  void an_idle_one_ends_and_the_next_datagram_begins_another() {
    ConversingHost host(1, std::chrono::milliseconds(50));
    TestClient client = host.client();
    CPPUNIT_ASSERT_EQUAL(std::string("1\n"), ask(client, "x\n"));
    CPPUNIT_ASSERT(host.noted({"open", "idle after 1"}));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, host->closed(CloseReason::idle));
    CPPUNIT_ASSERT_EQUAL(std::string("1\n"), ask(client, "x\n"));
  }

  void the_handler_ends_it() {
    ConversingHost host;
    TestClient client = host.client();
    client.send("close\n");
    CPPUNIT_ASSERT(host.noted({"open", "handler-closed after 1"}));
    CPPUNIT_ASSERT_EQUAL(std::string("1\n"), ask(client, "x\n"));
  }

  void a_handle_ends_it_behind_what_it_has_sent() {
    ConversingHost host;
    TestClient client = host.client();
    CPPUNIT_ASSERT_EQUAL(std::string("1\n"), ask(client, "close later\n"));
    CPPUNIT_ASSERT_EQUAL(std::string("bye\n"), client.receive());
    CPPUNIT_ASSERT(host.noted({"open", "handler-closed after 1"}));
  }

  void a_malformed_datagram_ends_it() {
    ConversingHost host;
    TestClient client = host.client();
    CPPUNIT_ASSERT_EQUAL(std::string("1\n"), ask(client, "x\nrest"));
    CPPUNIT_ASSERT(host.noted({"open", "malformed after 1"}));
    CPPUNIT_ASSERT_EQUAL(std::string("1\n"), ask(client, "x\n"));
  }

  void a_handler_that_throws_ends_its_own_only() {
    ConversingHost host;
    TestClient one = host.client();
    TestClient other = host.client();
    CPPUNIT_ASSERT_EQUAL(std::string("1\n"), ask(other, "x\n"));
    one.send("throw\n");
    CPPUNIT_ASSERT(host.noted({"open", "open", "handler-failed after 1"}));
    CPPUNIT_ASSERT_EQUAL(std::string("2\n"), ask(other, "x\n"));
  }

  void a_reply_that_is_dropped_ends_it() {
    ConversingHost host;
    TestClient client = host.client();
    client.send("drop\n");
    CPPUNIT_ASSERT(host.noted({"open", "handler-dropped after 1"}));
  }

  void answers_of_open_calls_leave_in_the_order_of_the_messages() {
    ConversingHost host(3);
    TestClient client = host.client();
    client.send("keep\n");
    client.send("keep\nrelease\n");
    for (const char* expected : {"kept 1\n", "kept 2\n", "3\n"}) {
      CPPUNIT_ASSERT_EQUAL(std::string(expected), client.receive());
    }
  }

  void datagrams_wait_for_the_answer_before_them() {
    KeptReply kept;
    TestHost host(make_protocol("line", "line", kept.handler()), Transport::udp);
    allow_conversations(host, 1);
    TestClient client = TestClient::udp(host.port());
    client.send("keep\na\n");
    client.send("b\n");
    client.send("c\nd\n");
    CPPUNIT_ASSERT(eventually([&] { return kept.there(); }));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, host.context().counters.traffic.sum().received_messages);
    kept.finish();
    for (const char* expected : {"late\n", "a\n", "b\n", "c\n", "d\n"}) {
      CPPUNIT_ASSERT_EQUAL(std::string(expected), client.receive());
    }
  }

  void a_datagram_waits_where_too_many_answers_are_held() {
    KeptReply kept;
    Protocol protocol = make_protocol("line", "line", kept.handler());
    protocol.open_calls = 10;
    protocol.output_limit = 3;
    TestHost host(std::move(protocol), Transport::udp);
    allow_conversations(host, 1);
    TestClient client = TestClient::udp(host.port());
    client.send("keep\naa\nbb\ncc\n");
    CPPUNIT_ASSERT(eventually([&] { return host.context().counters.traffic.sum().received_messages == 3; }));
    kept.finish();
    for (const char* expected : {"late\n", "aa\n", "bb\n", "cc\n"}) {
      CPPUNIT_ASSERT_EQUAL(std::string(expected), client.receive());
    }
  }

  void what_waits_is_bounded() {
    ConversingHost host;
    TestClient client = host.client();
    client.send("keep\n");
    const std::string large = std::string(40'000, 'x') + "\n";
    for (int i = 0; i < 3; ++i) client.send(large);
    CPPUNIT_ASSERT(eventually([&] { return host->dropped(DatagramDrop::backlog) == 2; }));
  }

  void a_handler_that_pauses_gets_the_datagrams_later() {
    ConversingHost host;
    TestClient client = host.client();
    CPPUNIT_ASSERT_EQUAL(std::string("1\n"), ask(client, "pause\n"));
    CPPUNIT_ASSERT_EQUAL(std::string("2\n"), ask(client, "x\n"));
    CPPUNIT_ASSERT((host.notes.all() == std::vector<std::string>{"open", "resumed after 1"}));
  }

  void calls_on_workers_are_answered_in_order() {
    TestHost host(make_protocol("line", "line", echo_handler(true)), Transport::udp);
    allow_conversations(host, 1);
    TestClient client = TestClient::udp(host.port());
    client.send("a\nb\n");
    for (const char* message : {"c\n", "d\n", "e\n"}) client.send(message);
    for (const char* expected : {"a\n", "b\n", "c\n", "d\n", "e\n"}) {
      CPPUNIT_ASSERT_EQUAL(std::string(expected), client.receive());
    }
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, host.context().counters.accepted.load());
  }

  void new_peers_are_dropped_beyond_the_most() {
    ConversingHost host(1, std::chrono::nanoseconds(0), 1);
    TestClient one = host.client();
    TestClient other = host.client();
    CPPUNIT_ASSERT_EQUAL(std::string("1\n"), ask(one, "x\n"));
    other.send("x\n");
    CPPUNIT_ASSERT(eventually([&] { return host->dropped(DatagramDrop::too_many_peers) == 1; }));
    CPPUNIT_ASSERT_EQUAL(std::string("2\n"), ask(one, "x\n"));
    one.send("close\n");
    CPPUNIT_ASSERT(host.noted({"open", "handler-closed after 3"}));
    CPPUNIT_ASSERT_EQUAL(std::string("1\n"), ask(other, "x\n"));
  }

  void each_holds_a_connection() {
    ConversingHost host;
    TestClient one = host.client();
    TestClient other = host.client();
    ask(one, "x\n");
    ask(other, "x\n");
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, host.open());
    one.send("close\n");
    CPPUNIT_ASSERT(eventually([&] { return host.open() == 1; }));
  }

  void draining_ends_all_and_the_socket() {
    ConversingHost host;
    TestClient idle = host.client();
    ask(idle, "x\n");
    host->loop().post([&] { host->loop().for_each([](Channel& channel) { channel.drain(); }); });
    CPPUNIT_ASSERT(host.noted({"open", "shutdown after 1"}));
    CPPUNIT_ASSERT(eventually([&] { return host->loop().channels() == 0; }));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DatagramConversationTest);

}  // namespace
}  // namespace netkit::testing
