#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <stdexcept>
#include <string>

#include "framing/example_framings.h"
#include "netkit/testing/framing_driver.h"
#include "session/session.h"
#include "support/fake_session.h"

namespace netkit::testing {
namespace {

using namespace std::string_literals;

/// A body of one repeated byte.
class RepeatedByte final : public BodySource {
 public:
  explicit RepeatedByte(std::uint64_t size) : size_(size) {}
  std::uint64_t size() const override { return size_; }
  std::size_t read(std::span<char> into) override {
    std::fill(into.begin(), into.end(), 'b');
    return into.size();
  }

 private:
  std::uint64_t size_;
};

class NoSink final : public AnswerSink {
 public:
  void begin_answer() override {}
  void pass_on(Output& answers) override {
    passed += answers.view();
    answers.clear();
    ++calls;
  }
  void give_up_answer() noexcept override {}
  std::string passed;
  int calls = 0;
};

/// Takes one byte from each session, to show that each has a handler of its own.
class CountingHandler final : public Handler {
 public:
  void on_message(const Message&, Responder& responder) override { responder.send(std::to_string(++count_)); }
  std::unique_ptr<Handler> for_conversation() override { return std::make_unique<CountingHandler>(); }

 private:
  int count_ = 0;
};

class SessionTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SessionTest);
  CPPUNIT_TEST(answers_all_the_messages_of_one_read_in_order);
  CPPUNIT_TEST(leaves_the_part_of_a_message_unused);
  CPPUNIT_TEST(each_direction_has_its_own_framing);
  CPPUNIT_TEST(malformed_bytes_end_the_session_after_the_answers_before_them);
  CPPUNIT_TEST(what_a_framing_says_of_malformed_bytes_is_sent_behind_the_answers);
  CPPUNIT_TEST(the_end_of_the_peer_tells_whole_from_cut);
  CPPUNIT_TEST(an_exception_keeps_earlier_answers_and_drops_the_half_written_one);
  CPPUNIT_TEST(a_foreign_exception_is_caught_too);
  CPPUNIT_TEST(an_answer_that_does_not_fit_the_framing_ends_the_session);
  CPPUNIT_TEST(close_drops_the_messages_behind_it);
  CPPUNIT_TEST(pauses_while_the_output_is_full);
  CPPUNIT_TEST(pauses_while_too_many_bodies_wait);
  CPPUNIT_TEST(a_large_part_of_what_came_is_not_copied);
  CPPUNIT_TEST(a_large_answer_of_other_memory_is_copied);
  CPPUNIT_TEST(a_body_keeps_its_place_between_bytes);
  CPPUNIT_TEST(bodies_that_are_changed_on_their_way_do_not_meet_each_other);
  CPPUNIT_TEST(a_blocking_call_stops_decoding_until_it_is_complete);
  CPPUNIT_TEST(a_job_passes_each_answer_on_when_it_is_given);
  CPPUNIT_TEST(a_failed_job_ends_the_session);
  CPPUNIT_TEST(handlers_with_state_are_made_for_each_session);
  CPPUNIT_TEST(a_datagram_gives_a_message_for_each_frame);
  CPPUNIT_TEST(an_empty_datagram_is_a_message);
  CPPUNIT_TEST(bytes_left_over_in_a_datagram_are_malformed);
  CPPUNIT_TEST(a_streamed_body_does_not_fit_a_datagram);
  CPPUNIT_TEST_SUITE_END();

 public:
  void answers_all_the_messages_of_one_read_in_order() {
    const Protocol protocol = make_protocol("line", "line", echo_handler());
    Session session(protocol, host_);
    CPPUNIT_ASSERT_EQUAL(std::size_t{6}, session.receive("a\nb\nc\n", out_));
    CPPUNIT_ASSERT_EQUAL(std::string("a\nb\nc\n"), answered());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, session.messages());
  }

  void leaves_the_part_of_a_message_unused() {
    const Protocol protocol = make_protocol("length,bytes=1", "raw", echo_handler());
    Session session(protocol, host_);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, session.receive("\1a\5bc", out_));
    CPPUNIT_ASSERT_EQUAL(std::string("a"), answered());
    CPPUNIT_ASSERT_EQUAL(std::size_t{6}, session.wanted());
    CPPUNIT_ASSERT(session.needs_more());
  }

  void each_direction_has_its_own_framing() {
    const Protocol protocol = make_protocol("line", "netstring", echo_handler());
    Session session(protocol, host_);
    session.receive("hello\n", out_);
    CPPUNIT_ASSERT_EQUAL(std::string("5:hello,"), answered());
  }

  void malformed_bytes_end_the_session_after_the_answers_before_them() {
    const Protocol protocol = make_protocol("netstring", "raw", echo_handler());
    Session session(protocol, host_);
    session.receive("2:ok,x:bad,2:no,", out_);
    CPPUNIT_ASSERT_EQUAL(std::string("ok"), answered());
    CPPUNIT_ASSERT(session.ended() == CloseReason::malformed);
    CPPUNIT_ASSERT(!session.end_detail().empty());
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, session.receive("2:no,", out_));
  }

  void what_a_framing_says_of_malformed_bytes_is_sent_behind_the_answers() {
    const Protocol protocol = make_protocol("http", "http", echo_handler());
    Session session(protocol, host_);
    session.receive("GET / HTTP/1.1\r\nhost: a\r\n\r\nGET / HTTP/1.1\r\n\r\n", out_);
    CPPUNIT_ASSERT(session.ended() == CloseReason::malformed);
    const std::string answer = answered();
    const std::size_t first = answer.find("HTTP/1.1 200 OK\r\n");
    const std::size_t second = answer.find("HTTP/1.1 400 Bad Request\r\n");
    CPPUNIT_ASSERT_MESSAGE(answer, first == 0 && second != std::string::npos);
  }

  void the_end_of_the_peer_tells_whole_from_cut() {
    const Protocol protocol = make_protocol("line", "line", echo_handler());
    Session whole(protocol, host_);
    whole.receive_end("", out_);
    CPPUNIT_ASSERT(whole.ended() == CloseReason::peer_closed);
    Session cut(protocol, host_);
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, cut.receive("half", out_));
    cut.receive_end("half", out_);
    CPPUNIT_ASSERT(cut.ended() == CloseReason::peer_cut);
  }

  void an_exception_keeps_earlier_answers_and_drops_the_half_written_one() {
    const auto handler = make_handler([](const Message& message, Responder& responder) {
      responder.send("first");
      if (message.body == "b") responder.write(100, [](std::span<char>) { throw std::runtime_error("broken"); });
    });
    const Protocol protocol = make_protocol("line", "length,bytes=2", handler);
    Session session(protocol, host_);
    session.receive("a\nb\nc\n", out_);
    CPPUNIT_ASSERT_EQUAL(std::string("\0\5first\0\5first", 14), answered());
    CPPUNIT_ASSERT(session.ended() == CloseReason::handler_failed);
    CPPUNIT_ASSERT_EQUAL(std::string("broken"), session.end_detail());
  }

  void a_foreign_exception_is_caught_too() {
    const auto handler = make_handler([](const Message&, Responder&) { throw 42; });
    const Protocol protocol = make_protocol("line", "line", handler);
    Session session(protocol, host_);
    session.receive("a\n", out_);
    CPPUNIT_ASSERT(session.ended() == CloseReason::handler_failed);
  }

  void an_answer_that_does_not_fit_the_framing_ends_the_session() {
    const auto handler =
        make_handler([](const Message&, Responder& responder) { responder.send(std::string(256, 'x')); });
    const Protocol protocol = make_protocol("line", "length,bytes=1", handler);
    Session session(protocol, host_);
    session.receive("a\n", out_);
    CPPUNIT_ASSERT(session.ended() == CloseReason::handler_failed);
    CPPUNIT_ASSERT(out_.empty());
  }

  void close_drops_the_messages_behind_it() {
    const auto handler = make_handler([](const Message& message, Responder& responder) {
      responder.send(message.body);
      if (message.body == "quit") responder.close();
    });
    const Protocol protocol = make_protocol("line", "line", handler);
    Session session(protocol, host_);
    session.receive("a\nquit\nb\n", out_);
    CPPUNIT_ASSERT_EQUAL(std::string("a\nquit\n"), answered());
    CPPUNIT_ASSERT(session.ended() == CloseReason::handler_closed);
  }

  void pauses_while_the_output_is_full() {
    Protocol protocol = make_protocol("line", "line", echo_handler());
    protocol.output_limit = 4;
    Session session(protocol, host_);
    CPPUNIT_ASSERT_EQUAL(std::size_t{4}, session.receive("a\nb\nc\n", out_));
    CPPUNIT_ASSERT(session.backed_up(out_));
    CPPUNIT_ASSERT(!session.needs_more());
    out_.consume(4);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, session.receive("c\n", out_));
    CPPUNIT_ASSERT_EQUAL(std::string("c\n"), answered());
  }

  void a_large_part_of_what_came_is_not_copied() {
    for (const char* framing : {"raw", "length"}) {
      const Protocol protocol = make_protocol(framing, framing, echo_handler());
      const std::string input = large_message(protocol);
      Output out;
      out.allow_loans();
      Session session(protocol, host_);
      CPPUNIT_ASSERT_EQUAL(input.size(), session.receive(input, out));
      CPPUNIT_ASSERT_EQUAL(std::size_t{1}, out.bodies());
      std::string sent;
      for (; !out.empty(); out.consume(out.front_bytes().size())) sent += out.front_bytes();
      CPPUNIT_ASSERT_EQUAL_MESSAGE(framing, input, sent);
      Output other;  // whoever keeps what it sends
      Session(protocol, host_).receive(input, other);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(framing, input, std::string(other.view()));
    }
  }

  void a_large_answer_of_other_memory_is_copied() {
    const auto handler =
        make_handler([](const Message& message, Responder& responder) { responder.send(std::string(message.body)); });
    const Protocol protocol = make_protocol("raw", "raw", handler);
    const std::string input = large_message(protocol);
    Output out;
    out.allow_loans();
    Session session(protocol, host_);
    session.receive(input, out);
    CPPUNIT_ASSERT_EQUAL(input, std::string(out.view()));
  }

  void pauses_while_too_many_bodies_wait() {
    const auto handler = make_handler(
        [](const Message&, Responder& responder) { responder.stream(std::make_unique<RepeatedByte>(9), {}); });
    const Protocol protocol = make_protocol("line", "raw", handler);
    Session session(protocol, host_);
    std::string many;
    for (int i = 0; i < 1000; ++i) many += "x\n";
    session.receive(many, out_);
    CPPUNIT_ASSERT(out_.bodies() <= 16);
    CPPUNIT_ASSERT(session.backed_up(out_));
  }

  void a_body_keeps_its_place_between_bytes() {
    const auto handler = make_handler([](const Message&, Responder& responder) {
      responder.send("ab");
      responder.stream(std::make_unique<RepeatedByte>(3), {});
      responder.send("cd");
    });
    const Protocol protocol = make_protocol("line", "netstring", handler);
    Session session(protocol, host_);
    session.receive("go\n", out_);
    CPPUNIT_ASSERT_EQUAL(std::string("2:ab,3:"), std::string(out_.front_bytes()));
    CPPUNIT_ASSERT(out_.front_body() == nullptr);
    out_.consume(7);
    CPPUNIT_ASSERT(out_.front_body() != nullptr);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, out_.take_body()->size());
    CPPUNIT_ASSERT_EQUAL(std::string(",2:cd,"), std::string(out_.front_bytes()));
  }

  void bodies_that_are_changed_on_their_way_do_not_meet_each_other() {
    const auto handler = make_handler([](const Message&, Responder& responder) {
      responder.stream(std::make_unique<RepeatedByte>(2), {});
      responder.stream(std::make_unique<RepeatedByte>(3), {});
      responder.send("cd");
    });
    Protocol protocol = make_protocol("line", "raw", handler);
    protocol.make_codec = [lines = protocol.make_codec] {
      return Codec{lines().decoder, TestedFraming(masked_framing()).encoder()};
    };
    Session session(protocol, host_);
    session.receive("go\n", out_);
    // Framed by now is all that is at hand; the streamed bodies follow what announces them.
    CPPUNIT_ASSERT_EQUAL("\2"s, take_bytes());
    CPPUNIT_ASSERT_EQUAL("bc\xc4"s, read_to_end(*out_.take_body()));
    CPPUNIT_ASSERT_EQUAL("\3"s, take_bytes());
    CPPUNIT_ASSERT_EQUAL("bc`\x26"s, read_to_end(*out_.take_body()));
    CPPUNIT_ASSERT_EQUAL("\2ce\xc7"s, take_bytes());
  }

  void a_blocking_call_stops_decoding_until_it_is_complete() {
    const Protocol protocol = make_protocol("line", "line", echo_handler(true));
    Session session(protocol, host_);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, session.receive("a\nb\n", out_));
    CPPUNIT_ASSERT(session.busy());
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, session.receive("b\n", out_));
    const std::unique_ptr<Job> job = session.take_job();
    NoSink sink;
    job->run(sink);
    session.complete(*job, out_);
    CPPUNIT_ASSERT(!session.busy());
    CPPUNIT_ASSERT_EQUAL(std::string("a\n"), sink.passed);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, session.receive("b\n", out_));
  }

  void a_job_passes_each_answer_on_when_it_is_given() {
    const std::string answer(10000, 'x');
    const auto handler = make_handler(
        [&](const Message&, Responder& responder) {
          for (int i = 0; i < 100; ++i) responder.send(answer);
        },
        true);
    const Protocol protocol = make_protocol("line", "raw", handler);
    Session session(protocol, host_);
    session.receive("a\n", out_);
    const std::unique_ptr<Job> job = session.take_job();
    NoSink sink;
    job->run(sink);
    session.complete(*job, out_);
    CPPUNIT_ASSERT_EQUAL(100, sink.calls);
    CPPUNIT_ASSERT_EQUAL(answer.size() * 100, sink.passed.size());
  }

  void a_failed_job_ends_the_session() {
    const auto handler = make_handler([](const Message&, Responder&) { throw std::runtime_error("no disk"); }, true);
    const Protocol protocol = make_protocol("line", "line", handler);
    Session session(protocol, host_);
    session.receive("a\n", out_);
    const std::unique_ptr<Job> job = session.take_job();
    NoSink sink;
    job->run(sink);
    session.complete(*job, out_);
    CPPUNIT_ASSERT(session.ended() == CloseReason::handler_failed);
    CPPUNIT_ASSERT_EQUAL(std::string("no disk"), session.end_detail());
  }

  void handlers_with_state_are_made_for_each_session() {
    const Protocol protocol = make_protocol("line", "line", std::make_shared<CountingHandler>());
    Session first(protocol, host_);
    Session second(protocol, host_);
    first.receive("x\nx\n", out_);
    second.receive("x\n", out_);
    CPPUNIT_ASSERT_EQUAL(std::string("1\n2\n1\n"), answered());
    CPPUNIT_ASSERT(!first.reusable());
  }

  void a_datagram_gives_a_message_for_each_frame() {
    const Protocol protocol = make_protocol("line", "length,bytes=1", echo_handler());
    Session session(protocol, host_);
    out_.keep_message_ends();
    session.receive_datagram("a\nbc\n", out_);
    CPPUNIT_ASSERT_EQUAL(std::string("\1a\2bc"), std::string(out_.view()));
    CPPUNIT_ASSERT((out_.message_ends() == std::vector<std::size_t>{2, 5}));
    CPPUNIT_ASSERT(session.reusable());
  }

  void an_empty_datagram_is_a_message() {
    const Protocol protocol = make_protocol("datagram", "datagram", echo_handler());
    Session session(protocol, host_);
    out_.keep_message_ends();
    session.receive_datagram("", out_);
    CPPUNIT_ASSERT((out_.message_ends() == std::vector<std::size_t>{0}));
  }

  void bytes_left_over_in_a_datagram_are_malformed() {
    const Protocol protocol = make_protocol("line", "line", echo_handler());
    Session session(protocol, host_);
    session.receive_datagram("a\nb", out_);
    CPPUNIT_ASSERT_EQUAL(std::string("a\n"), answered());
    CPPUNIT_ASSERT(session.ended() == CloseReason::malformed);
    CPPUNIT_ASSERT(!session.reusable());
  }

  void a_streamed_body_does_not_fit_a_datagram() {
    const auto handler = make_handler(
        [](const Message&, Responder& responder) { responder.stream(std::make_unique<RepeatedByte>(9), {}); });
    const Protocol protocol = make_protocol("datagram", "datagram", handler);
    Session session(protocol, host_);
    out_.keep_message_ends();
    session.receive_datagram("x", out_);
    CPPUNIT_ASSERT(session.ended() == CloseReason::handler_failed);
    CPPUNIT_ASSERT(out_.empty());
  }

 private:
  static std::string large_message(const Protocol& protocol) {
    Buffer wire;
    protocol.make_codec().encoder->encode({}, std::string(40'000, 'x'), wire);
    return std::string(wire.view());
  }

  std::string take_bytes() {
    std::string bytes(out_.front_bytes());
    out_.consume(bytes.size());
    return bytes;
  }

  static std::string read_to_end(BodySource& body) {
    std::string all;
    std::array<char, 2> piece{};
    while (const std::size_t count = body.read(piece)) all.append(piece.data(), count);
    return all;
  }

  std::string answered() {
    std::string bytes(out_.view());
    out_.consume(bytes.size());
    return bytes;
  }

  RecordingHost host_;
  Output out_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(SessionTest);

}  // namespace
}  // namespace netkit::testing
