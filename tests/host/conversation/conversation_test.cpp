#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/fake_session.h"
#include "support/test_client.h"
#include "support/test_host.h"

namespace netkit::testing {
namespace {

using namespace std::chrono_literals;

/// A handler made of functions, told of all that there is.
class Told : public Handler {
 public:
  explicit Told(std::size_t open = 1) : open_(open) {}

  void on_message(const Message& message, Responder& responder) override { said(message, responder); }
  bool may_block(const Message& message) const override { return message.body.starts_with("worker"); }
  CallBounds call_bounds() const override { return {.open = open_}; }
  bool sees_events() const override { return true; }
  void on_open(const Conversation& conversation) override { opened(conversation); }
  bool on_peer_end(const Conversation& conversation) override { return peer_ended(conversation); }
  void on_close(const Conversation& /*conversation*/, const Ending& ending) override {
    const std::lock_guard lock(mutex_);
    reasons_.emplace_back(ending.reason);
    details_.emplace_back(ending.detail);
  }

  std::vector<std::string> reasons() const {
    const std::lock_guard lock(mutex_);
    return reasons_;
  }

  std::vector<std::string> details() const {
    const std::lock_guard lock(mutex_);
    return details_;
  }

  std::function<void(const Message&, Responder&)> said = [](const Message& message, Responder& responder) {
    responder.send(message.body);
  };
  std::function<void(const Conversation&)> opened = [](const Conversation&) {};
  std::function<bool(const Conversation&)> peer_ended = [](const Conversation&) { return false; };

 private:
  const std::size_t open_;
  mutable std::mutex mutex_;
  std::vector<std::string> reasons_;
  std::vector<std::string> details_;
};

/// Replies and conversations that a handler has handed out, for the test's own thread.
template <class Kept>
class Shelf {
 public:
  void put(Kept kept) {
    const std::lock_guard lock(mutex_);
    all_.push_back(std::move(kept));
  }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return all_.size();
  }
  Kept take(std::size_t index) {
    if (!eventually([&] { return size() > index; })) throw std::runtime_error("the handler has kept nothing");
    const std::lock_guard lock(mutex_);
    return std::move(all_[index]);
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Kept> all_;
};

class ConversationTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ConversationTest);
  CPPUNIT_TEST(a_greeting_leaves_before_anything_is_said);
  CPPUNIT_TEST(the_end_has_its_reason);
  CPPUNIT_TEST(the_end_has_the_host_s_detail);
  CPPUNIT_TEST(the_end_within_a_call_has_the_host_s_detail);
  CPPUNIT_TEST(the_end_of_the_peer_is_told_and_may_be_outlived);
  CPPUNIT_TEST(an_answer_may_come_later_from_another_thread);
  CPPUNIT_TEST(the_next_message_waits_for_the_answer);
  CPPUNIT_TEST(answers_leave_in_the_order_of_the_messages);
  CPPUNIT_TEST(parts_are_messages_and_a_reply_may_be_empty);
  CPPUNIT_TEST(a_reply_that_is_dropped_ends_the_conversation);
  CPPUNIT_TEST(a_failure_has_a_reason_of_its_own);
  CPPUNIT_TEST(an_open_call_outlives_a_half_close);
  CPPUNIT_TEST(a_late_answer_that_does_not_fit_ends_the_conversation);
  CPPUNIT_TEST(a_worker_s_answers_leave_as_they_are_given);
  CPPUNIT_TEST(a_worker_may_keep_its_reply);
  CPPUNIT_TEST(unasked_messages_leave_between_answers);
  CPPUNIT_TEST(unasked_messages_leave_while_a_worker_is_busy);
  CPPUNIT_TEST(sending_stops_at_the_limit_and_goes_on);
  CPPUNIT_TEST(tasks_do_not_overlap_a_call);
  CPPUNIT_TEST(timers_fire_in_order_and_can_be_cancelled);
  CPPUNIT_TEST(a_paused_conversation_takes_no_message);
  CPPUNIT_TEST(a_pause_within_a_call_holds_for_the_next_message);
  CPPUNIT_TEST(a_pause_on_a_worker_holds_for_the_next_message);
  CPPUNIT_TEST(the_framing_changes_and_takes_what_is_left);
  CPPUNIT_TEST(everything_at_once_from_eight_threads);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_greeting_leaves_before_anything_is_said() {
    handler_->opened = [](const Conversation& conversation) { conversation.send("welcome"); };
    serve();
    TestClient client = connect();
    CPPUNIT_ASSERT_EQUAL(std::string("welcome\n"), client.receive(8));
    client.send("hi\n");
    CPPUNIT_ASSERT_EQUAL(std::string("hi\n"), client.receive(3));
  }

  void the_end_has_its_reason() {
    serve();
    {
      TestClient client = connect();
      client.send("hi\n");
      client.receive(3);
    }
    CPPUNIT_ASSERT(eventually([&] { return handler_->reasons() == Strings{"peer-closed"}; }));
  }

  void the_end_has_the_host_s_detail() {
    serve();
    host_->context().timeouts.idle = 60ms;
    const TestClient client = connect();
    CPPUNIT_ASSERT(eventually([&] { return handler_->reasons() == Strings{"idle"}; }));
    CPPUNIT_ASSERT(handler_->details() == Strings{"after 60 ms"});
  }

  void the_end_within_a_call_has_the_host_s_detail() {
    handler_->said = [](const Message&, Responder& responder) {
      const std::stop_token stop = responder.stop_token();
      while (!stop.stop_requested()) std::this_thread::yield();
    };
    serve();
    host_->context().timeouts.handler = 60ms;
    TestClient client = connect();
    client.send("worker\n");
    CPPUNIT_ASSERT(eventually([&] { return handler_->reasons() == Strings{"handler-timeout"}; }));
    CPPUNIT_ASSERT(handler_->details() == Strings{"after 60 ms"});
  }

  void the_end_of_the_peer_is_told_and_may_be_outlived() {
    handler_->peer_ended = [](const Conversation& conversation) {
      conversation
          .after(1ms,
                 [conversation] {
                   conversation.send("goodbye");
                   conversation.close();
                 })
          .detach();
      return true;
    };
    serve();
    TestClient client = connect();
    client.send("hi\n");
    client.end_sending();
    CPPUNIT_ASSERT_EQUAL(std::string("hi\ngoodbye\n"), client.receive_all());
    CPPUNIT_ASSERT(eventually([&] { return handler_->reasons() == Strings{"handler-closed"}; }));
  }

  void an_answer_may_come_later_from_another_thread() {
    keep_replies();
    serve();
    TestClient client = connect();
    client.send("question\n");
    Reply reply = replies_.take(0);
    CPPUNIT_ASSERT(reply.wanted());
    reply.finish("answer");
    CPPUNIT_ASSERT_EQUAL(std::string("answer\n"), client.receive(7));
  }

  void the_next_message_waits_for_the_answer() {
    keep_replies();
    serve();
    TestClient client = connect();
    client.send("one\ntwo\n");
    Reply first = replies_.take(0);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, replies_.size());
    first.finish("1");
    replies_.take(1).finish("2");
    CPPUNIT_ASSERT_EQUAL(std::string("1\n2\n"), client.receive(4));
  }

  void answers_leave_in_the_order_of_the_messages() {
    handler_ = std::make_shared<Told>(3);
    keep_replies();
    serve();
    TestClient client = connect();
    client.send("a\nb\nc\nd\n");
    Reply first = replies_.take(0);
    Reply second = replies_.take(1);
    Reply third = replies_.take(2);
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, replies_.size());
    third.finish("3");
    second.finish("2");
    first.finish("1");
    replies_.take(3).finish("4");
    CPPUNIT_ASSERT_EQUAL(std::string("1\n2\n3\n4\n"), client.receive(8));
  }

  void parts_are_messages_and_a_reply_may_be_empty() {
    keep_replies();
    serve();
    TestClient client = connect();
    client.send("a\nb\n");
    Reply parts = replies_.take(0);
    CPPUNIT_ASSERT(parts.send("1"));
    CPPUNIT_ASSERT_EQUAL(std::string("1\n"), client.receive(2));  // at once
    CPPUNIT_ASSERT(parts.send("2"));
    parts.finish();
    replies_.take(1).close();
    CPPUNIT_ASSERT_EQUAL(std::string("2\n"), client.receive_all());
  }

  void a_reply_that_is_dropped_ends_the_conversation() {
    keep_replies();
    serve();
    TestClient client = connect();
    client.send("a\n");
    { const Reply dropped = replies_.take(0); }
    CPPUNIT_ASSERT_EQUAL(std::string(), client.receive_all());
    CPPUNIT_ASSERT(eventually([&] { return handler_->reasons() == Strings{"handler-dropped"}; }));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, host_->closed(CloseReason::handler_dropped));
  }

  void a_failure_has_a_reason_of_its_own() {
    keep_replies();
    serve();
    TestClient client = connect();
    client.send("a\n");
    Reply reply = replies_.take(0);
    reply.send("part");
    reply.conversation().fail("program-failed", "it has crashed");
    reply.finish();
    CPPUNIT_ASSERT_EQUAL(std::string("part\n"), client.receive_all());
    CPPUNIT_ASSERT(eventually([&] { return handler_->reasons() == Strings{"program-failed"}; }));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, host_->closed(CloseReason::program_failed));
    CPPUNIT_ASSERT(close_reason_named("no-such-reason") == CloseReason::handler_failed);
  }

  void an_open_call_outlives_a_half_close() {
    keep_replies();
    serve();
    TestClient client = connect();
    client.send("a\n");
    client.end_sending();
    Reply reply = replies_.take(0);
    CPPUNIT_ASSERT(!client.readable(20ms));
    reply.finish("late");
    CPPUNIT_ASSERT_EQUAL(std::string("late\n"), client.receive_all());
  }

  void a_late_answer_that_does_not_fit_ends_the_conversation() {
    keep_replies();
    serve("length,bytes=1");
    TestClient client = connect();
    client.send("\1a");
    replies_.take(0).finish(std::string(300, 'x'));
    CPPUNIT_ASSERT_EQUAL(std::string(), client.receive_all());
    CPPUNIT_ASSERT(eventually([&] { return handler_->reasons() == Strings{"handler-failed"}; }));
  }

  void a_worker_s_answers_leave_as_they_are_given() {
    std::promise<void> seen;
    handler_->said = [&seen](const Message&, Responder& responder) {
      responder.send("1");
      seen.get_future().wait();  // whoever waits here has had the first answer
      responder.send("2");
    };
    serve();
    TestClient client = connect();
    client.send("worker\n");
    CPPUNIT_ASSERT_EQUAL(std::string("1\n"), client.receive(2));
    seen.set_value();
    CPPUNIT_ASSERT_EQUAL(std::string("2\n"), client.receive(2));
  }

  void a_worker_may_keep_its_reply() {
    keep_replies();
    serve();
    TestClient client = connect();
    client.send("worker one\nplain two\n");
    Reply first = replies_.take(0);
    first.finish("1");
    replies_.take(1).finish("2");
    CPPUNIT_ASSERT_EQUAL(std::string("1\n2\n"), client.receive(4));
  }

  void unasked_messages_leave_between_answers() {
    keep_conversations();
    serve();
    TestClient client = connect();
    const Conversation conversation = conversations_.take(0);
    CPPUNIT_ASSERT(conversation.open() && conversation.id() > 0);
    CPPUNIT_ASSERT(conversation.send("news"));
    CPPUNIT_ASSERT_EQUAL(std::string("news\n"), client.receive(5));
    client.reset();
    CPPUNIT_ASSERT(eventually([&] { return !conversation.open(); }));
    CPPUNIT_ASSERT(!conversation.send("nobody hears this"));
  }

  void unasked_messages_leave_while_a_worker_is_busy() {
    std::promise<void> seen;
    handler_->said = [&seen](const Message&, Responder& responder) {
      seen.get_future().wait();
      responder.send("done");
    };
    keep_conversations();
    serve();
    TestClient client = connect();
    client.send("worker\n");
    conversations_.take(0).send("meanwhile");
    CPPUNIT_ASSERT_EQUAL(std::string("meanwhile\n"), client.receive(10));
    seen.set_value();
    CPPUNIT_ASSERT_EQUAL(std::string("done\n"), client.receive(5));
  }

  void sending_stops_at_the_limit_and_goes_on() {
    keep_conversations();
    serve();
    TestClient client = connect();
    const Conversation conversation = conversations_.take(0);
    const std::string piece(std::size_t{64} << 10, 'x');
    std::size_t sent = 0;
    CPPUNIT_ASSERT(eventually([&] {  // until neither the kernel nor the server takes more
      if (!conversation.send(piece)) return true;
      ++sent;
      return false;
    }));
    std::promise<void> writable;
    CPPUNIT_ASSERT(conversation.when_writable([&writable] { writable.set_value(); }));
    CPPUNIT_ASSERT_EQUAL(sent * (piece.size() + 1), client.receive(sent * (piece.size() + 1)).size());
    writable.get_future().wait();
    CPPUNIT_ASSERT(conversation.send("more"));
    CPPUNIT_ASSERT_EQUAL(std::string("more\n"), client.receive(5));
  }

  void tasks_do_not_overlap_a_call() {
    std::atomic<bool> in_call{false};
    std::atomic<bool> overlapped{false};
    std::promise<void> go_on;
    handler_->said = [&](const Message&, Responder& responder) {
      in_call = true;
      go_on.get_future().wait();
      in_call = false;
      responder.send("called");
    };
    keep_conversations();
    serve();
    TestClient client = connect();
    const Conversation conversation = conversations_.take(0);
    client.send("worker\n");
    CPPUNIT_ASSERT(eventually([&] { return in_call.load(); }));
    CPPUNIT_ASSERT(conversation.run([&, conversation] {
      if (in_call) overlapped = true;
      conversation.send("ran");
    }));
    CPPUNIT_ASSERT(!client.readable(20ms));
    go_on.set_value();
    CPPUNIT_ASSERT_EQUAL(std::string("called\nran\n"), client.receive(11));
    CPPUNIT_ASSERT(!overlapped);
  }

  void timers_fire_in_order_and_can_be_cancelled() {
    keep_conversations();
    serve();
    TestClient client = connect();
    const Conversation conversation = conversations_.take(0);
    const auto say = [conversation](const char* word) { return [conversation, word] { conversation.send(word); }; };
    Timer late = conversation.after(40ms, say("3"));
    Timer early = conversation.after(1ms, say("1"));
    Timer middle = conversation.after(20ms, say("2"));
    { const Timer cancelled = conversation.after(10ms, say("never")); }
    CPPUNIT_ASSERT_EQUAL(std::string("1\n2\n3\n"), client.receive(6));
  }

  void a_pause_within_a_call_holds_for_the_next_message() { check_pause_at("stop"); }
  void a_pause_on_a_worker_holds_for_the_next_message() { check_pause_at("worker, stop"); }

  void a_paused_conversation_takes_no_message() {
    keep_conversations();
    serve();
    TestClient client = connect();
    const Conversation conversation = conversations_.take(0);
    conversation.pause();
    conversation.send("paused");
    CPPUNIT_ASSERT_EQUAL(std::string("paused\n"), client.receive(7));
    client.send("a\nb\n");
    CPPUNIT_ASSERT(!client.readable(20ms));
    conversation.resume();
    CPPUNIT_ASSERT_EQUAL(std::string("a\nb\n"), client.receive(4));
  }

  void the_framing_changes_and_takes_what_is_left() {
    const Framing length("length", make_protocol("length,bytes=1", "length,bytes=1", handler_).make_codec);
    handler_->said = [length](const Message& message, Responder& responder) {
      responder.send(message.body);
      if (message.body == "upgrade") responder.use_framing(length);
    };
    serve();
    TestClient client = connect();
    client.send("upgrade\n\2hi\1!");
    CPPUNIT_ASSERT_EQUAL(std::string("upgrade\n\2hi\1!"), client.receive(13));
  }

  /// For the thread sanitizer above all.
  void everything_at_once_from_eight_threads() {
    handler_ = std::make_shared<Told>(4);
    handler_->said = [this](const Message& message, Responder& responder) {
      if (message.body == "kept") return replies_.put(responder.defer());
      responder.send(message.body);
    };
    keep_conversations();
    serve();
    TestClient client = connect();
    const Conversation conversation = conversations_.take(0);
    constexpr int kEach = 100;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 8; ++thread) {
      threads.emplace_back([&, conversation] {
        for (int i = 0; i < kEach; ++i) {
          conversation.run([conversation] { conversation.send("r"); });
          conversation.after(1ms, [conversation] { conversation.send("t"); }).detach();
          {
            const Timer cancelled = conversation.after(1h, [] {});
          }
          while (!conversation.send("s")) std::this_thread::yield();
        }
      });
    }
    for (int i = 0; i < kEach; ++i) {
      client.send("kept\nworker\nplain\n");
      replies_.take(static_cast<std::size_t>(i)).finish("k");
    }
    for (std::thread& thread : threads) thread.join();
    // Each thread's sends, tasks and timers, and the answers to three messages each time.
    const std::size_t expected = 8 * kEach * 3 * 2 + kEach * (2 + 7 + 6);
    CPPUNIT_ASSERT_EQUAL(expected, client.receive(expected).size());
  }

 private:
  using Strings = std::vector<std::string>;

  void serve(const std::string& framing = "line") {
    Protocol protocol = make_protocol(framing, framing, handler_);
    protocol.open_calls = handler_->call_bounds().open;
    host_ = std::make_unique<TestHost>(std::move(protocol), Transport::tcp);
  }
  TestClient connect() { return TestClient::tcp(host_->port()); }
  /// All messages come in one read; the handler pauses within the call of `message`.
  void check_pause_at(const std::string& message) {
    handler_->said = [this](const Message& said, Responder& responder) {
      responder.send(said.body);
      if (!said.body.ends_with("stop")) return;
      responder.conversation().resume();  // the last word counts
      responder.conversation().pause();
      conversations_.put(responder.conversation());
    };
    serve();
    TestClient client = connect();
    client.send("a\n" + message + "\nb\nc\n");
    const std::string before = "a\n" + message + "\n";
    CPPUNIT_ASSERT_EQUAL(before, client.receive(before.size()));
    const Conversation conversation = conversations_.take(0);
    conversation.send("paused");
    CPPUNIT_ASSERT_EQUAL(std::string("paused\n"), client.receive(7));
    CPPUNIT_ASSERT(!client.readable(20ms));
    conversation.resume();
    CPPUNIT_ASSERT_EQUAL(std::string("b\nc\n"), client.receive(4));
  }
  void keep_replies() {
    handler_->said = [this](const Message&, Responder& responder) { replies_.put(responder.defer()); };
  }
  void keep_conversations() {
    handler_->opened = [this](const Conversation& conversation) { conversations_.put(conversation); };
  }

  std::shared_ptr<Told> handler_ = std::make_shared<Told>();
  Shelf<Reply> replies_;
  Shelf<Conversation> conversations_;
  std::unique_ptr<TestHost> host_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(ConversationTest);

}  // namespace
}  // namespace netkit::testing
