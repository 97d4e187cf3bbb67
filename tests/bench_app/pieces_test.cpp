#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "config/framing_spec.h"
#include "framing/builtin.h"
#include "netkit-bench/command_line.h"
#include "netkit-bench/failure.h"
#include "netkit-bench/load/pacer.h"
#include "netkit-bench/measurement/latency.h"
#include "netkit-bench/workload/answer_stream.h"
#include "netkit-bench/workload/wire_cycle.h"
#include "plugin/loader.h"

namespace netkit::bench {
namespace {

using std::chrono::microseconds;

void equal(const std::string& expected, const std::string& actual) { CPPUNIT_ASSERT_EQUAL(expected, actual); }
void equal(std::size_t expected, std::size_t actual) { CPPUNIT_ASSERT_EQUAL(expected, actual); }

class LatencyTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LatencyTest);
  CPPUNIT_TEST(quantiles_are_within_one_percent);
  CPPUNIT_TEST(the_largest_is_exact);
  CPPUNIT_TEST(times_beyond_the_axis_are_counted);
  CPPUNIT_TEST_SUITE_END();

  void quantiles_are_within_one_percent() {
    Latency latency;
    for (int i = 1; i <= 10000; ++i) latency.add(microseconds(i), 2);
    equal(20000, latency.count());
    for (const double fraction : {0.001, 0.5, 0.9, 0.99, 0.999}) {
      const double exact = fraction * 10'000'000;
      const auto found = static_cast<double>(latency.quantile(fraction).count());
      CPPUNIT_ASSERT_MESSAGE(std::to_string(found), std::abs(found - exact) < exact * 0.01);
    }
  }

  void the_largest_is_exact() {
    Latency latency;
    latency.add(microseconds(10), 1);
    latency.add(microseconds(123457), 1);
    CPPUNIT_ASSERT(latency.most() == microseconds(123457));
    CPPUNIT_ASSERT(latency.quantile(1) <= latency.most());
    CPPUNIT_ASSERT(latency.quantile(1) > microseconds(122000));
  }

  void times_beyond_the_axis_are_counted() {
    Latency latency;
    latency.add(Duration(0), 1);
    latency.add(std::chrono::hours(1), 1);
    equal(2, latency.count());
    CPPUNIT_ASSERT(latency.quantile(0.5) < microseconds(1));
    CPPUNIT_ASSERT(latency.quantile(1) > std::chrono::seconds(900));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(LatencyTest);

/// Builtin framings by their command line spec.
class Framings {
 public:
  Framings() { add_builtin_framings(registry_); }

  Choice choice(const std::string& spec) { return parse_framing_spec(spec, loader_); }
  std::unique_ptr<Encoder> encoder(const std::string& spec) {
    const Choice found = choice(spec);
    return loader_.framing(found.type)->encoder(found.options)();
  }
  std::unique_ptr<Decoder> decoder(const std::string& spec) {
    const Choice found = choice(spec);
    return loader_.framing(found.type)->decoder(found.options)();
  }

 private:
  TypeRegistry registry_;
  PluginLoader loader_{registry_};
};

/// How many answers a stream finds, or what it says is wrong, when `bytes` come in two pieces.
std::string outcome(AnswerStream& stream, std::string_view bytes, std::size_t cut) {
  std::size_t answers = 0;
  for (const std::string_view piece : {bytes.substr(0, cut), bytes.substr(cut)}) {
    const Taken taken = stream.take(piece);
    if (!taken.error.empty()) return std::string(taken.error);
    answers += taken.answers;
  }
  return std::to_string(answers);
}

class AnswerStreamTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(AnswerStreamTest);
  CPPUNIT_TEST(expected_answers_are_counted_however_they_are_cut);
  CPPUNIT_TEST(any_wrong_byte_is_noticed);
  CPPUNIT_TEST(swapped_answers_are_noticed);
  CPPUNIT_TEST(unknown_answers_are_decoded);
  CPPUNIT_TEST(malformed_answers_are_noticed);
  CPPUNIT_TEST(bodies_behind_a_json_header_are_skipped);
  CPPUNIT_TEST(bodies_can_be_discarded);
  CPPUNIT_TEST(an_error_in_the_header_is_noticed);
  CPPUNIT_TEST(http_answers_are_found);
  CPPUNIT_TEST(http_errors_are_noticed);
  CPPUNIT_TEST_SUITE_END();

  Framings framings_;

  WireCycle cycle() { return {{"one", "three", ""}, *framings_.encoder("length"), 0}; }

  void expected_answers_are_counted_however_they_are_cut() {
    const WireCycle answers = cycle();
    const std::string twice = std::string(answers.rest(0)) + std::string(answers.rest(0));
    for (std::size_t cut = 0; cut <= twice.size(); ++cut) {
      ExpectedStream stream(answers);
      equal("6", outcome(stream, twice, cut));
    }
  }

  void any_wrong_byte_is_noticed() {
    const WireCycle answers = cycle();
    for (std::size_t at = 0; at < answers.bytes(); ++at) {
      std::string bytes(answers.rest(0));
      bytes[at] = static_cast<char>(bytes[at] ^ 1);
      ExpectedStream stream(answers);
      equal("a wrong answer", outcome(stream, bytes, bytes.size() / 2));
    }
  }

  void swapped_answers_are_noticed() {
    const WireCycle answers({"one", "two"}, *framings_.encoder("length"), 0);
    ExpectedStream stream(answers);
    const std::string swapped = std::string(answers.piece(1, 1)) + std::string(answers.piece(0, 1));
    equal("a wrong answer", outcome(stream, swapped, 0));
  }

  void unknown_answers_are_decoded() {
    const std::string bytes = "one\ntwo\n\nfour\n";
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
      DecodedStream stream(framings_.decoder("line"));
      equal("4", outcome(stream, bytes, cut));
    }
  }

  void malformed_answers_are_noticed() {
    DecodedStream stream(framings_.decoder("netstring"));
    CPPUNIT_ASSERT(outcome(stream, "3:abc;", 2) != "1");
  }

  std::string json_answer(const std::string& header, const std::string& body) {
    return std::string("\0\0\0", 3) + static_cast<char>(header.size()) + header + body;
  }

  BodyStream json_stream() { return BodyStream(json_front(framings_.choice("json-header").options)); }

  void bodies_behind_a_json_header_are_skipped() {
    const std::string empty = json_answer(R"({"size": 0})", "");
    const std::string bytes = json_answer(R"({"size": 5})", "hello") + empty + json_answer(R"({"size": 1})", "x");
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
      BodyStream stream = json_stream();
      equal("3", outcome(stream, bytes, cut));
    }
  }

  void bodies_can_be_discarded() {
    BodyStream stream = json_stream();
    equal("0", outcome(stream, json_answer(R"({"size": 1000})", "x"), 3));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{999}, stream.discardable());
    equal(0, stream.discard(998).answers);
    equal(1, stream.discard(1).answers);
    equal("1", outcome(stream, json_answer(R"({"size": 1})", "x"), 3));
  }

  void an_error_in_the_header_is_noticed() {
    BodyStream stream = json_stream();
    const std::string found = outcome(stream, json_answer(R"({"size": 1, "error": "not available"})", "x"), 9);
    CPPUNIT_ASSERT(found.find("not available") != std::string::npos);
    BodyStream fine = json_stream();
    equal("1", outcome(fine, json_answer(R"({"size": 1, "filename": "\"error\""})", "x"), 9));
  }

  void http_answers_are_found() {
    const std::string one = "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nabc";
    const std::string bytes = one + one;
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
      BodyStream stream(http_front());
      equal("2", outcome(stream, bytes, cut));
    }
  }

  void http_errors_are_noticed() {
    BodyStream stream(http_front());
    const std::string found = outcome(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 0);
    CPPUNIT_ASSERT(found.find("404") != std::string::npos);
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(AnswerStreamTest);

class WireCycleTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(WireCycleTest);
  CPPUNIT_TEST(pieces_go_round);
  CPPUNIT_TEST_SUITE_END();

  void pieces_go_round() {
    Framings framings;
    const WireCycle cycle({"a", "bc"}, *framings.encoder("line"), 3);
    equal(2, cycle.messages());
    equal(5, cycle.bytes());
    equal(3, cycle.batch());
    equal("a\n", std::string(cycle.piece(0, 1)));
    equal("bc\na\nbc\n", std::string(cycle.piece(1, 3)));
    equal("\nbc\n", std::string(cycle.rest(1)));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(WireCycleTest);

class PacerTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(PacerTest);
  CPPUNIT_TEST(messages_are_due_one_by_one);
  CPPUNIT_TEST_SUITE_END();

  void messages_are_due_one_by_one() {
    const Time begin;
    Pacer pacer(1000, begin);
    CPPUNIT_ASSERT(pacer.next_due(begin) == begin);
    CPPUNIT_ASSERT(!pacer.next_due(begin));
    CPPUNIT_ASSERT(pacer.next_due(begin + microseconds(2500)) == begin + microseconds(1000));
    CPPUNIT_ASSERT(pacer.next_due(begin + microseconds(2500)) == begin + microseconds(2000));
    CPPUNIT_ASSERT(!pacer.next_due(begin + microseconds(2500)));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, pacer.count());
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(PacerTest);

class CommandLineTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CommandLineTest);
  CPPUNIT_TEST(options_arrive);
  CPPUNIT_TEST(mistakes_are_named);
  CPPUNIT_TEST_SUITE_END();

  static CommandLine parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "netkit-bench");
    return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
  }

  static std::string usage_error(const std::vector<const char*>& arguments) {
    try {
      parse(arguments);
    } catch (const UsageError& error) {
      return error.what();
    }
    return "(accepted)";
  }

  void options_arrive() {
    const CommandLine line = parse({"h:1", "-c", "8", "-n", "4", "-s", "16KiB", "-d", "500ms", "--expect", "uppercase",
                                    "--udp", "--rate", "10.5"});
    equal(8, line.load.connections);
    equal(4, line.load.in_flight);
    equal(16384, line.message.size);
    CPPUNIT_ASSERT(line.load.duration == std::chrono::milliseconds(500));
    CPPUNIT_ASSERT(line.message.expect == Expect::uppercase);
    CPPUNIT_ASSERT(line.names.transport == Transport::udp);
    CPPUNIT_ASSERT_EQUAL(10.5, line.load.rate.value());
    CPPUNIT_ASSERT(line.load.busy_poll);
    CPPUNIT_ASSERT(!line.idle && !line.server_pid && !line.load.messages);
  }

  void mistakes_are_named() {
    equal("expected HOST:PORT or --config FILE --listener NAME", usage_error({}));
    equal("expected HOST:PORT or --config FILE --listener NAME", usage_error({"--config", "x"}));
    equal("--listener NAME needs --config FILE", usage_error({"h:1", "--listener", "x"}));
    equal("--connect-per-request has one message in flight", usage_error({"h:1", "--connect-per-request", "-n", "2"}));
    equal("--idle measures the server's memory: it needs --server-pid", usage_error({"h:1", "--idle", "5"}));
    CPPUNIT_ASSERT(usage_error({"h:1", "-d", "5"}).find("--duration: ") == 0);
    CPPUNIT_ASSERT(usage_error({"h:1", "-s", "many"}).find("--size: ") == 0);
    CPPUNIT_ASSERT(usage_error({"h:1", "-c", "0"}).find("connections") != std::string::npos);
    CPPUNIT_ASSERT(usage_error({"h:1", "--expect", "nothing"}).find("expect") != std::string::npos);
    CPPUNIT_ASSERT(usage_error({"h:1", "--idle", "5", "--server-pid", "1", "--udp"}).find("stream") !=
                   std::string::npos);
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(CommandLineTest);

}  // namespace
}  // namespace netkit::bench
