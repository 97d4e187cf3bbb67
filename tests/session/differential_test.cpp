#include <cppunit/extensions/HelperMacros.h>

#include <optional>

#include "framing/random_stream.h"
#include "session/session.h"
#include "support/fake_session.h"

namespace netkit::testing {
namespace {

/// What a conversation came to.
struct Outcome {
  std::string answers;
  std::uint64_t messages = 0;
  CloseReason reason = CloseReason::none;
  std::string detail;

  bool operator==(const Outcome&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
  return out << outcome.messages << " messages, ended " << static_cast<int>(outcome.reason) << " '" << outcome.detail
             << "', answers [" << outcome.answers << ']';
}

Protocol echo_of(const TestedFraming& framing) {
  Protocol protocol;
  protocol.make_codec = [&framing] { return framing.codec(); };
  protocol.handler = echo_handler();
  return protocol;
}

/// The same, with a host and a handler that make it harder.
Protocol hard_echo_of(const TestedFraming& framing, Random& random) {
  constexpr std::size_t kLimits[] = {1, 50, std::size_t{1} << 20};
  Protocol protocol = echo_of(framing);
  protocol.output_limit = kLimits[random.below(std::size(kLimits))];
  if (random.one_in(2)) protocol.handler = echo_handler(true);
  return protocol;
}

Outcome outcome_of(const Session& session, std::string answers) {
  return {std::move(answers), session.messages(), session.ended(), session.end_detail()};
}

Outcome all_at_once(const TestedFraming& framing, std::string_view stream) {
  const Protocol protocol = echo_of(framing);
  RecordingHost host;
  Session session(protocol, host);
  Output out;
  stream.remove_prefix(session.receive(stream, out));
  session.receive_end(stream, out);
  return outcome_of(session, std::string(out.view()));
}

/// Does for a session what a host does: bytes come in pieces, jobs take their time, answers drain late and in parts.
class Talk final : private AnswerSink {
 public:
  Talk(const Protocol& protocol, Random& random) : session_(protocol, host_), random_(random) {}

  Outcome with(const std::vector<std::string_view>& pieces) {
    for (const std::string_view piece : pieces) {
      waiting_ += piece;
      receive();
      if (random_.one_in(2)) finish_job();
      if (random_.one_in(2)) drain(random_.below(out_.waiting() + 1));
    }
    while (calling() || !out_.empty()) {
      finish_job();
      drain(out_.waiting());
    }
    session_.receive_end(waiting_, out_);
    while (calling()) finish_job();
    drain(out_.waiting());
    session_.receive_end("", out_);
    return outcome_of(session_, answers_);
  }

 private:
  void begin_answer() override {}
  void pass_on(Output& answers) override { out_.append(answers); }
  void give_up_answer() noexcept override {}

  void receive() { waiting_.erase(0, session_.receive(waiting_, out_)); }

  /// A session that a failed job has ended stays busy.
  bool calling() const { return session_.busy() && session_.ended() == CloseReason::none; }

  void finish_job() {
    if (!calling()) return;
    const std::unique_ptr<Job> job = session_.take_job();
    job->run(*this);
    session_.complete(*job, out_);
    receive();
  }

  void drain(std::size_t count) {
    answers_ += out_.view().substr(0, count);
    out_.consume(count);
    receive();
  }

  RecordingHost host_;
  Session session_;
  Random& random_;
  Output out_;
  std::string waiting_;
  std::string answers_;
};

/// What a socket's one session answers to datagrams, or a new one for each.
std::string answers_to(const TestedFraming& framing, const std::vector<std::string_view>& datagrams, bool reuse) {
  const Protocol protocol = echo_of(framing);
  RecordingHost host;
  std::optional<Session> session;
  Output out;
  out.keep_message_ends();
  for (const std::string_view datagram : datagrams) {
    if (!reuse || !session || !session->reusable()) session.emplace(protocol, host);
    session->receive_datagram(datagram, out);
  }
  return std::string(out.view());
}

/// A session answers the same bytes alike, whatever the host does with it.
class DifferentialTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DifferentialTest);
  CPPUNIT_TEST(random_streams_are_answered_alike_however_they_come_and_drain);
  CPPUNIT_TEST_SUITE_END();

 public:
  void random_streams_are_answered_alike_however_they_come_and_drain() {
    for_random_cases(50000, [](const MadeSubject& made, std::uint64_t seed) {
      Random random(seed);
      const std::string stream = random_stream(made, random);
      const std::vector<std::string_view> pieces = random_pieces(stream, random);
      const TestedFraming& framing = made.framing;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(again(made, seed), answers_to(framing, pieces, false),
                                   answers_to(framing, pieces, true));
      if (made.subject.type.name == "datagram") return;
      const Protocol protocol = hard_echo_of(framing, random);
      Outcome split = Talk(protocol, random).with(pieces);
      const Outcome whole = all_at_once(framing, stream);
      if (!made.subject.delimits) split.messages = whole.messages;  // a piece is one
      if (whole == split) return;                                   // the text below is costly
      CPPUNIT_ASSERT_EQUAL_MESSAGE(again(made, seed), whole, split);
    });
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DifferentialTest);

}  // namespace
}  // namespace netkit::testing
