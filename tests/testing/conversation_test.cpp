#include <cppunit/extensions/HelperMacros.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "netkit/testing/failure.h"
#include "netkit/testing/test_server.h"
#include "testing/sample_plugin.h"

namespace netkit::testing {
namespace {

using namespace std::chrono_literals;

/// A body that is read in two pieces, or comes short.
class Pieces final : public BodySource {
 public:
  explicit Pieces(bool whole) : whole_(whole) {}
  std::uint64_t size() const override { return 6; }
  std::size_t read(std::span<char> into) override {
    if (!whole_ && read_ > 0) return 0;
    read_ += 3;
    return std::string("abc").copy(into.data(), into.size());
  }

 private:
  const bool whole_;
  int read_ = 0;
};

/// What a handler does in a conversation is what its test sees.
class ConversationTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ConversationTest);
  CPPUNIT_TEST(messages_and_attributes_come_and_go);
  CPPUNIT_TEST(events_are_told_with_their_reasons);
  CPPUNIT_TEST(an_exception_is_reported);
  CPPUNIT_TEST(streamed_bodies_are_read_to_their_end);
  CPPUNIT_TEST(timers_run_in_order_when_the_clock_moves);
  CPPUNIT_TEST(a_timer_ends_with_its_conversation_or_handle);
  CPPUNIT_TEST(replies_that_are_kept_leave_in_order);
  CPPUNIT_TEST(a_reply_from_another_thread_is_waited_for);
  CPPUNIT_TEST(the_last_part_of_an_answer_is_sent_however_much_waits);
  CPPUNIT_TEST(whole_answers_wait_for_those_before_them);
  CPPUNIT_TEST(a_kept_reply_is_answered_by_a_responder_in_its_turn);
  CPPUNIT_TEST(a_kept_reply_hears_that_nobody_waits);
  CPPUNIT_TEST(a_dropped_reply_ends_the_conversation);
  CPPUNIT_TEST(blocking_calls_run_here_or_on_a_thread);
  CPPUNIT_TEST(a_worker_waits_for_a_slow_peer_and_stops_when_it_is_gone);
  CPPUNIT_TEST(calls_over_the_bounds_are_refused);
  CPPUNIT_TEST(a_group_reaches_its_members);
  CPPUNIT_TEST(a_slow_peer_is_skipped_or_closed);
  CPPUNIT_TEST(a_paused_conversation_takes_no_message);
  CPPUNIT_TEST(bytes_go_through_the_framing);
  CPPUNIT_TEST(the_framing_changes_in_mid_conversation);
  CPPUNIT_TEST(the_listener_runs_tasks_and_logs_and_counts);
  CPPUNIT_TEST(a_conversation_logs_also_when_it_has_ended);
  CPPUNIT_TEST_SUITE_END();

 public:
  void messages_and_attributes_come_and_go() {
    TestServer server(sample([](SampleHandler& handler, const HandlerContext&) {
                        handler.message = [](const Message& message, Responder& responder) {
                          const std::string from = responder.peer().host;
                          responder.send(std::string(message.body), Attributes().add("from", from).add("n", 1.5));
                          responder.write(2, [](std::span<char> out) { out[0] = out[1] = 'z'; });
                        };
                      }),
                      "sample");
    TestConversation peer = server.connect({.host = "198.51.100.1"});
    peer.say("hi");
    const TestMessage expected{"hi", Attributes().add("from", "198.51.100.1").add("n", 1.5)};
    CPPUNIT_ASSERT(expected == peer.receive());
    CPPUNIT_ASSERT_EQUAL(std::string("zz"), peer.receive_body());
    CPPUNIT_ASSERT_THROW(peer.receive(), TestFailure);
  }

  void events_are_told_with_their_reasons() {
    std::string events;
    const auto record = sample([&](SampleHandler& handler, const HandlerContext&) {
      handler.opened = [&](const Conversation& conversation) { conversation.send("welcome"), events += "open "; };
      handler.peer_ended = [&](const Conversation&) { return events += "end ", true; };
      handler.closed = [&](const Conversation&, const Ending& ending) { events += std::string(ending.reason) + " "; };
    });
    TestServer server(record, "sample");
    TestConversation peer = server.connect();
    CPPUNIT_ASSERT_EQUAL(std::string("welcome"), peer.receive_body());
    peer.end();
    CPPUNIT_ASSERT(peer.open());
    peer.handle().close();
    server.settle();
    CPPUNIT_ASSERT_EQUAL(std::string("handler-closed"), peer.close_reason());
    server.connect().reset();
    CPPUNIT_ASSERT_EQUAL(std::string("open end handler-closed open peer-reset "), events);
  }

  void an_exception_is_reported() {
    TestServer server(answering([](Responder&) { throw std::runtime_error("out of ink"); }), "sample");
    TestConversation peer = server.connect();
    peer.say("x");
    CPPUNIT_ASSERT_EQUAL(std::string("handler-failed"), peer.close_reason());
    CPPUNIT_ASSERT_EQUAL(std::string("out of ink"), peer.close_detail());
    try {
      peer.receive();
      CPPUNIT_FAIL("nothing is thrown");
    } catch (const TestFailure& failure) {
      const std::string text = "no message has come: the conversation has ended: handler-failed: out of ink";
      CPPUNIT_ASSERT_EQUAL(text, std::string(failure.what()));
    }
  }

  void streamed_bodies_are_read_to_their_end() {
    for (const bool whole : {true, false}) {
      TestServer server(answering([&](Responder& responder) {
                          responder.stream(std::make_unique<Pieces>(whole), Attributes().add("a", "b"));
                          responder.send("next");
                        }),
                        "sample");
      TestConversation peer = server.connect();
      peer.say("x");
      if (whole) {
        CPPUNIT_ASSERT(TestMessage({"abcabc", Attributes().add("a", "b")}) == peer.receive());
        CPPUNIT_ASSERT_EQUAL(std::string("next"), peer.receive_body());
      } else {
        CPPUNIT_ASSERT_EQUAL(std::string("body-failed"), peer.close_reason());
      }
    }
  }

  void timers_run_in_order_when_the_clock_moves() {
    const auto timed = answering([](Responder& responder) {
      const Conversation conversation = responder.conversation();
      conversation.after(20ms, [=] { conversation.send("second"); }).detach();
      conversation
          .after(10ms,
                 [=] {
                   conversation.send("first");
                   conversation.after(15ms, [=] { conversation.send("third"); }).detach();
                 })
          .detach();
    });
    TestServer server(timed, "sample");
    TestConversation peer = server.connect();
    peer.say("x");
    server.advance(9ms);
    CPPUNIT_ASSERT(!peer.has_message());
    server.advance(1ms);
    CPPUNIT_ASSERT(std::vector<std::string>({"first"}) == peer.receive_all());
    server.advance(1h);
    CPPUNIT_ASSERT(std::vector<std::string>({"second", "third"}) == peer.receive_all());
  }

  void a_timer_ends_with_its_conversation_or_handle() {
    int runs = 0;
    const auto held = std::make_shared<int>();
    const auto timed = answering([&](Responder& responder) {
      responder.conversation().after(1s, [&, held] { ++runs; }).detach();
      responder.conversation().after(1s, [&] { ++runs; }).cancel();
    });
    TestServer server(timed, "sample");
    TestConversation first = server.connect();
    TestConversation second = server.connect();
    first.say("x");
    second.say("x");
    CPPUNIT_ASSERT_EQUAL(3L, held.use_count());
    first.reset();
    CPPUNIT_ASSERT_EQUAL(2L, held.use_count());
    server.advance(2s);
    CPPUNIT_ASSERT_EQUAL(1, runs);
  }

  void replies_that_are_kept_leave_in_order() {
    std::vector<Reply> kept;
    TestServer server(sample([&](SampleHandler& handler, const HandlerContext&) {
                        handler.bounds.open = 2;
                        handler.message = [&](const Message&, Responder& one) { kept.push_back(one.defer()); };
                      }),
                      "sample");
    TestConversation peer = server.connect();
    peer.say("one");
    peer.say("two");
    peer.say("three");
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, kept.size());
    kept.at(1).finish("2");
    CPPUNIT_ASSERT(!peer.has_message());
    kept.at(0).finish("1");
    CPPUNIT_ASSERT(std::vector<std::string>({"1", "2"}) == peer.receive_all());
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, kept.size());
    kept.clear();
  }

  void a_reply_from_another_thread_is_waited_for() {
    std::vector<std::jthread> threads;
    TestServer server(answering([&](Responder& responder) {
                        threads.emplace_back([reply = responder.defer()]() mutable { reply.finish("late"); });
                      }),
                      "sample");
    TestConversation peer = server.connect();
    peer.say("x");
    CPPUNIT_ASSERT_EQUAL(std::string("late"), peer.receive_body());
  }

  void the_last_part_of_an_answer_is_sent_however_much_waits() {
    Reply kept;
    TestServer server(answering([&](Responder& responder) { kept = responder.defer(); }), "sample", {},
                      {.output_limit = 100});
    TestConversation peer = server.connect();
    peer.say("a");
    server.settle();
    const std::string much(100, 'x');
    CPPUNIT_ASSERT(kept.send(much));
    CPPUNIT_ASSERT(!kept.send("refused"));
    kept.finish("last");
    CPPUNIT_ASSERT(!kept);
    CPPUNIT_ASSERT_EQUAL(much, peer.receive_body());
    CPPUNIT_ASSERT_EQUAL(std::string("last"), peer.receive_body());
  }

  void whole_answers_wait_for_those_before_them() {
    std::vector<Reply> kept;
    TestServer server(keeping(kept), "sample");
    TestConversation peer = server.connect();
    for (const char* message : {"a", "b", "c"}) peer.say(message);
    server.settle();
    for (const std::size_t number : {2, 0, 1}) kept.at(number).finish(std::to_string(number));
    for (const char* number : {"0", "1", "2"}) CPPUNIT_ASSERT_EQUAL(std::string(number), peer.receive_body());
  }

  void a_kept_reply_is_answered_by_a_responder_in_its_turn() {
    std::vector<Reply> kept;
    TestServer server(keeping(kept), "sample");
    TestConversation peer = server.connect();
    peer.say("a");
    peer.say("b");
    server.settle();
    kept.at(1).finish_by([](Responder& responder) {
      responder.send("second");
      CPPUNIT_ASSERT_THROW(static_cast<void>(responder.defer()), std::logic_error);
      responder.close();
    });
    kept.at(0).finish_by([](Responder& responder) { responder.send("first"); });
    CPPUNIT_ASSERT_EQUAL(std::string("first"), peer.receive_body());
    CPPUNIT_ASSERT_EQUAL(std::string("second"), peer.receive_body());
    CPPUNIT_ASSERT_EQUAL(std::string("handler-closed"), peer.close_reason());
  }

  void a_kept_reply_hears_that_nobody_waits() {
    Reply kept;
    TestServer server(answering([&](Responder& responder) { kept = responder.defer(); }), "sample");
    TestConversation peer = server.connect();
    peer.say("a");
    server.settle();
    CPPUNIT_ASSERT(!kept.stop_token().stop_requested());
    peer.reset();
    CPPUNIT_ASSERT(kept.stop_token().stop_requested());
    CPPUNIT_ASSERT(!kept.wanted());
    kept.finish_by([](Responder&) { CPPUNIT_FAIL("answers nobody"); });
  }

  void a_dropped_reply_ends_the_conversation() {
    TestServer server(answering([](Responder& responder) { responder.defer(); }), "sample");
    TestConversation peer = server.connect();
    peer.say("x");
    CPPUNIT_ASSERT_THROW(peer.receive(), TestFailure);
    CPPUNIT_ASSERT_EQUAL(std::string("handler-dropped"), peer.close_reason());
  }

  void blocking_calls_run_here_or_on_a_thread() {
    for (const bool threads : {true, false}) {
      std::thread::id ran;
      TestServer server(sample([&](SampleHandler& handler, const HandlerContext&) {
                          handler.blocks = true;
                          handler.message = [&](const Message& message, Responder& responder) {
                            ran = std::this_thread::get_id();
                            responder.send(message.body);
                          };
                        }),
                        "sample", {}, {.worker_threads = threads});
      TestConversation peer = server.connect();
      for (const char* body : {"one", "two"}) peer.say(body);
      CPPUNIT_ASSERT_EQUAL(std::string("one"), peer.receive_body());
      CPPUNIT_ASSERT_EQUAL(std::string("two"), peer.receive_body());
      CPPUNIT_ASSERT_EQUAL(threads, ran != std::this_thread::get_id());
    }
  }

  void a_worker_waits_for_a_slow_peer_and_stops_when_it_is_gone() {
    std::atomic<int> sent{0};
    TestServer server(sample([&](SampleHandler& handler, const HandlerContext&) {
                        handler.blocks = true;
                        handler.message = [&](const Message&, Responder& responder) {
                          while (!responder.stop_token().stop_requested()) {
                            responder.send(std::string(60, 'x'));
                            ++sent;
                          }
                        };
                      }),
                      "sample", {}, {.worker_threads = true, .output_limit = 1000});
    TestConversation peer = server.connect();
    peer.stop_reading();
    peer.say("x");
    CPPUNIT_ASSERT(server.wait_until([&] { return peer.handle().waiting() >= 1000; }));
    CPPUNIT_ASSERT(sent < 40);  // what waits, and what the worker has under way
    peer.go_on_reading();
    CPPUNIT_ASSERT(server.wait_until([&] { return sent > 100; }));
    peer.reset();
    CPPUNIT_ASSERT_EQUAL(std::string("peer-reset"), peer.close_reason());
  }

  void calls_over_the_bounds_are_refused() {
    std::atomic<bool> go_on{false};
    TestServer server(sample([&](SampleHandler& handler, const HandlerContext&) {
                        handler.blocks = true;
                        handler.bounds.at_once = 1;
                        handler.message = [&](const Message&, Responder& responder) {
                          go_on.wait(false);
                          responder.send("done");
                        };
                      }),
                      "sample", {}, {.worker_threads = true});
    TestConversation first = server.connect();
    TestConversation second = server.connect();
    first.say("x");
    second.say("x");
    CPPUNIT_ASSERT_EQUAL(std::string("busy"), second.receive_body());
    go_on = true;
    go_on.notify_all();
    CPPUNIT_ASSERT_EQUAL(std::string("done"), first.receive_body());
  }

  void a_group_reaches_its_members() {
    Group group;
    TestServer server(in_group(group, SlowMember::skip), "sample");
    TestConversation first = server.connect();
    TestConversation second = server.connect();
    TestConversation third = server.connect();
    third.reset();
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, group.size());
    first.say("hello");
    CPPUNIT_ASSERT_EQUAL(std::string("hello"), second.receive_body());
    CPPUNIT_ASSERT(!first.has_message());
  }

  void a_slow_peer_is_skipped_or_closed() {
    for (const SlowMember slow : {SlowMember::skip, SlowMember::close}) {
      Group group;
      TestServer server(in_group(group, slow), "sample", {}, {.output_limit = 100});
      TestConversation sender = server.connect();
      TestConversation reader = server.connect();
      reader.stop_reading();
      for (int i = 0; i < 3; ++i) sender.say(std::string(60, 'x'));
      CPPUNIT_ASSERT_EQUAL(slow == SlowMember::skip ? std::uint64_t{1} : std::uint64_t{0}, group.skipped());
      reader.go_on_reading();
      CPPUNIT_ASSERT_EQUAL(std::size_t{2}, reader.receive_all().size());
      CPPUNIT_ASSERT_EQUAL(std::string(slow == SlowMember::skip ? "" : "too-slow"), reader.close_reason());
    }
  }

  void a_paused_conversation_takes_no_message() {
    TestServer server(answering([](Responder& responder) {
                        responder.send("one");
                        responder.conversation().pause();
                      }),
                      "sample");
    TestConversation peer = server.connect();
    peer.say("x");
    CPPUNIT_ASSERT(peer.paused());
    peer.say("x");
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, peer.receive_all().size());
    peer.handle().resume();
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, peer.receive_all().size());
  }

  void bytes_go_through_the_framing() {
    TestServer server(enroll_samples, "echo", {}, {.framing = make_framing(enroll_samples, "slip", {{"max", "10"}})});
    TestConversation peer = server.connect();
    peer.say_bytes("on");
    peer.say_bytes("e\xc0two");
    CPPUNIT_ASSERT_EQUAL(std::string("one\xc0"), peer.receive_bytes());
    peer.say("\xc0");
    CPPUNIT_ASSERT_EQUAL(std::string("two\xc0"), peer.receive_body());
    peer.say_bytes("12345678901");
    CPPUNIT_ASSERT_EQUAL(std::string("malformed"), peer.close_reason());
  }

  void the_framing_changes_in_mid_conversation() {
    const Framing slip = make_framing(enroll_samples, "slip");
    TestServer server(answering([&](Responder& responder) {
                        responder.send("ok");
                        responder.use_framing(slip);
                      }),
                      "sample");
    TestConversation peer = server.connect();
    peer.say("switch");
    CPPUNIT_ASSERT_EQUAL(std::string("ok"), peer.receive_body());
    peer.use_framing(slip);
    peer.say_bytes("x\xc0");
    CPPUNIT_ASSERT_EQUAL(std::string("ok\xc0"), peer.receive_bytes());
  }

  void the_listener_runs_tasks_and_logs_and_counts() {
    TestServer server(sample([&](SampleHandler& handler, const HandlerContext& context) {
                        handler.message = [&log = context.log, metrics = context.metrics, services = context.services](
                                              const Message&, Responder&) {
                          metrics->counter("seen", "messages").add(2);
                          log.event(LogLevel::info, "seen", {{"count", std::int64_t{2}}});
                          services.run(0, [] { throw std::runtime_error("no paper"); });
                        };
                      }),
                      "sample");
    server.connect().say("x");
    CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, server.metric("seen"));
    const std::vector<std::string> lines{"info: seen count=2", "error: a task failed: no paper"};
    CPPUNIT_ASSERT(lines == server.log());
  }

  void a_conversation_logs_also_when_it_has_ended() {
    Conversation kept;
    {
      TestServer server(sample([&](SampleHandler& handler, const HandlerContext&) {
                          handler.opened = [&](const Conversation& conversation) { kept = conversation; };
                        }),
                        "sample");
      TestConversation peer = server.connect();
      kept.log(LogLevel::warning, "slow");
      peer.reset();
      kept.event(LogLevel::info, "gone", {{"times", std::int64_t{1}}});
      CPPUNIT_ASSERT((std::vector<std::string>{"warning: slow", "info: gone times=1"} == server.log()));
    }
    kept.log(LogLevel::info, "behind the server");
  }

 private:
  /// Keeps the replies to as many as three messages at once.
  static Enroll keeping(std::vector<Reply>& kept) {
    return sample([&kept](SampleHandler& handler, const HandlerContext&) {
      handler.bounds.open = 3;
      handler.message = [&kept](const Message&, Responder& responder) { kept.push_back(responder.defer()); };
    });
  }

  static Enroll answering(std::function<void(Responder&)> answer) {
    return sample([answer = std::move(answer)](SampleHandler& handler, const HandlerContext&) {
      handler.message = [answer](const Message&, Responder& responder) { answer(responder); };
    });
  }

  /// What one says goes to all others.
  static Enroll in_group(Group& group, SlowMember slow) {
    return sample([&group, slow](SampleHandler& handler, const HandlerContext& context) {
      group = context.services.make_group(slow);
      handler.opened = [&](const Conversation& conversation) { group.add(conversation); };
      handler.message = [&](const Message& message, Responder& responder) {
        group.send(message.body, responder.conversation());
      };
    });
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ConversationTest);

}  // namespace
}  // namespace netkit::testing
