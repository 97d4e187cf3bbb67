#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string>

#include "netkit-client/command_line.h"
#include "netkit-client/conversation/answer_header.h"
#include "netkit-client/download/digest.h"
#include "netkit-client/download/progress.h"
#include "netkit-client/failure.h"
#include "netkit-client/input/message_source.h"
#include "netkit-client/output/hex_dump.h"
#include "netkit-client/output/trace.h"
#include "netkit/unique_fd.h"

namespace netkit::client {
namespace {

using Strings = std::vector<std::string>;

void equal(const std::string& expected, const std::string& actual) { CPPUNIT_ASSERT_EQUAL(expected, actual); }

std::string usage_error(const Strings& arguments) {
  try {
    parse_command_line(arguments);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "(accepted)";
}

class CommandLineTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CommandLineTest);
  CPPUNIT_TEST(words_keep_their_order_and_bytes);
  CPPUNIT_TEST(options_stand_anywhere_before_two_dashes);
  CPPUNIT_TEST(every_option_arrives);
  CPPUNIT_TEST(tls_and_unix);
  CPPUNIT_TEST(download);
  CPPUNIT_TEST(timeouts);
  CPPUNIT_TEST(mistakes);
  CPPUNIT_TEST_SUITE_END();

  void words_keep_their_order_and_bytes() {
    const Strings words{"h:1", "", "[1,2]", "{}", "a=b", "-", "\xff"};
    CPPUNIT_ASSERT(parse_command_line(words).words == words);
  }

  void options_stand_anywhere_before_two_dashes() {
    const CommandLine line = parse_command_line({"h:1", "--hex", "a", "--trace", "--", "--exact", "--", "b"});
    CPPUNIT_ASSERT((line.words == Strings{"h:1", "a", "--exact", "--", "b"}));
    CPPUNIT_ASSERT(line.hex && line.trace && !line.exact);
  }

  void every_option_arrives() {
    const CommandLine line =
        parse_command_line({"--udp", "--framing", "f", "--send", "s", "--recv", "r", "--config", "c", "--listener", "l",
                            "--plugin-path", "p", "--plugin-path", "q", "--no-wait", "--exact", "--header"});
    CPPUNIT_ASSERT(line.transport == Transport::udp);
    equal("f", line.framing.value());
    equal("s", line.send.value());
    equal("r", line.receive.value());
    equal("c", line.config);
    equal("l", line.listener);
    CPPUNIT_ASSERT((line.plugin_path == Strings{"p", "q"}));
    CPPUNIT_ASSERT(line.no_wait && line.exact && line.header);
    CPPUNIT_ASSERT(!line.get && !line.timeout && !line.notice);
    CPPUNIT_ASSERT(parse_command_line({"--tcp", "h:1"}).transport == Transport::tcp);
    CPPUNIT_ASSERT(!parse_command_line({"h:1"}).transport);
  }

  void tls_and_unix() {
    const CommandLine line =
        parse_command_line({"--tls", "h:1", "--ca", "a", "--cert", "c", "--key", "k", "--name", "n", "message"});
    CPPUNIT_ASSERT(line.transport == Transport::tls);
    equal("a", line.tls.authorities);
    equal("c", line.tls.certificate);
    equal("k", line.tls.key);
    equal("n", line.tls.name);
    CPPUNIT_ASSERT(!line.tls.insecure && line.tls.any());
    CPPUNIT_ASSERT(parse_command_line({"--tls", "h:1", "--insecure"}).tls.insecure);
    CPPUNIT_ASSERT(!parse_command_line({"--tls", "h:1"}).tls.any());
    CPPUNIT_ASSERT(parse_command_line({"--config", "c", "--listener", "l", "--ca", "a"}).tls.any());
    CPPUNIT_ASSERT(parse_command_line({"--unix", "/path"}).transport == Transport::unix_socket);
    equal("expected PATH or --config FILE --listener NAME (--help shows examples)", usage_error({"--unix"}));
    const std::string needs_tls = "--ca, --cert, --key, --name and --insecure need --tls";
    equal(needs_tls, usage_error({"h:1", "--ca", "a"}));
    equal(needs_tls, usage_error({"--udp", "h:1", "--name", "n"}));
    equal(needs_tls, usage_error({"--config", "c", "--listener", "l", "--tcp", "--insecure"}));
    equal("--key needs --cert", usage_error({"--tls", "h:1", "--key", "k"}));
    equal("--insecure checks nothing: it does not go with --ca or --name",
          usage_error({"--tls", "h:1", "--insecure", "--ca", "a"}));
    for (const char* other : {"--tcp", "--udp", "--unix"}) {
      CPPUNIT_ASSERT(usage_error({"--tls", other, "h:1"}).find("excludes") != std::string::npos);
    }
  }

  void download() {
    const CommandLine line = parse_command_line({"h:1", "--get", "dir/file", "-o", "x", "--resume"});
    CPPUNIT_ASSERT((line.get.value().files == Strings{"dir/file"}));
    equal("x", line.get.value().output);
    CPPUNIT_ASSERT(line.get->resume);
    equal("-", parse_command_line({"h:1", "--get", "f", "-o", "-"}).get.value().output);
    equal("line", line.send.value());
    equal("json-header", line.receive.value());
    CPPUNIT_ASSERT(!parse_command_line({"h:1", "--get", "f", "--framing", "x"}).receive);
    CPPUNIT_ASSERT(!parse_command_line({"--config", "c", "--listener", "l", "--get", "f"}).send);
  }

  void timeouts() {
    CPPUNIT_ASSERT(parse_command_line({"h:1", "--timeout", "250ms"}).timeout == std::chrono::milliseconds(250));
    CPPUNIT_ASSERT(parse_command_line({"h:1", "--timeout", "0"}).timeout == std::chrono::nanoseconds(0));
    CPPUNIT_ASSERT(usage_error({"h:1", "--timeout", "-1s"}).starts_with("--timeout: found '-1s'"));
  }

  void mistakes() {
    equal(
        "unknown option '--hexx'; did you mean '--hex'? (--help lists them; a message that begins with - stands "
        "after --)",
        usage_error({"h:1", "--hexx"}));
    equal("the message '++' must stand after --", usage_error({"h:1", "++"}));
    equal("--listener NAME needs --config FILE", usage_error({"--listener", "l"}));
    equal("--get: expected the name of a file", usage_error({"h:1", "--get", ""}));
  }
};

class TraceTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TraceTest);
  CPPUNIT_TEST(whole_frames);
  CPPUNIT_TEST(split_frames);
  CPPUNIT_TEST(a_frame_whose_size_is_told_late);
  CPPUNIT_TEST(an_empty_frame);
  CPPUNIT_TEST(dumps);
  CPPUNIT_TEST_SUITE_END();

  void whole_frames() {
    FrameTrack track;
    track.add_frame(13);
    track.add_frame(4);
    equal("[#1 13] [#2 4]", track.advance(17));
    track.add_frame(2);
    equal("[#3 2]", track.advance(2));
  }

  void split_frames() {
    FrameTrack track;
    track.add_frame(10);
    track.add_frame(10);
    equal("[#1 3 of 10 ...", track.advance(3));
    equal("... #1 4 of 10 ...", track.advance(4));
    equal("... #1 3 of 10] [#2 1 of 10 ...", track.advance(4));
    equal("... #2 9 of 10]", track.advance(9));
  }

  void a_frame_whose_size_is_told_late() {
    FrameTrack track;
    equal("[#1 2 of ? ...", track.advance(2));
    equal("... #1 2 of 9 ...", track.advance(2, 9));
    track.add_frame(9);
    equal("... #1 5 of 9]", track.advance(5));
  }

  void an_empty_frame() {
    FrameTrack track;
    track.add_frame(0);
    equal("[#1 0]", track.advance(0));
  }

  void dumps() {
    HexDump dump;
    equal("", dump.feed("0123456"));
    equal("00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|\n", dump.feed("789abcdefg"));
    equal("00000010  67                                                |g|\n", dump.finish());
    equal("", dump.finish());
    dump.feed(std::string("\0\n\x7f\xff", 4));
    equal("00000000  00 0a 7f ff                                       |....|\n", dump.finish());
  }
};

class ProgressTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ProgressTest);
  CPPUNIT_TEST(bytes);
  CPPUNIT_TEST(line);
  CPPUNIT_TEST(resumed_bytes_are_no_part_of_the_rate);
  CPPUNIT_TEST(narrow);
  CPPUNIT_TEST(edges);
  CPPUNIT_TEST_SUITE_END();

  static constexpr std::uint64_t kMiB = 1 << 20;

  void bytes() {
    equal("0 B", format_bytes(0));
    equal("1023 B", format_bytes(1023));
    equal("1.0 KiB", format_bytes(1024));
    equal("1.0 MiB", format_bytes(kMiB - 1));
    equal("5.0 GiB", format_bytes(std::uint64_t{5} << 30));
    equal("16.0 EiB", format_bytes(UINT64_MAX));
  }

  void line() {
    const Transfer transfer{.done = 10 * kMiB, .total = 40 * kMiB, .elapsed = std::chrono::seconds(5)};
    equal("f  [##########..............................]   25%  10.0 MiB of 40.0 MiB  2.0 MiB/s  00:15",
          progress_line("f", transfer, 120));
  }

  void resumed_bytes_are_no_part_of_the_rate() {
    const Transfer transfer{
        .done = 30 * kMiB, .resumed = 20 * kMiB, .total = 40 * kMiB, .elapsed = std::chrono::seconds(5)};
    CPPUNIT_ASSERT(progress_line("f", transfer, 120).ends_with("2.0 MiB/s  00:05"));
  }

  void narrow() {
    const Transfer transfer{.done = 10 * kMiB, .total = 40 * kMiB, .elapsed = std::chrono::seconds(5)};
    for (std::size_t width = 0; width < 120; ++width) {
      CPPUNIT_ASSERT(progress_line("name", transfer, width).size() <= width);
    }
    equal("name   25%  10.0 MiB of 40.0 MiB  2.0 MiB/s  00:15", progress_line("name", transfer, 55));
    equal(" 25%  10.0 MiB of", progress_line("name", transfer, 17));
  }

  void edges() {
    const Transfer nothing{.done = 0, .total = 0, .elapsed = {}};
    CPPUNIT_ASSERT(progress_line("f", nothing, 120).ends_with("100%  0 B of 0 B  0 B/s  00:00"));
    const Transfer too_much{.done = 30, .resumed = 0, .total = 10, .elapsed = std::chrono::seconds(1)};
    CPPUNIT_ASSERT(progress_line("f", too_much, 120).ends_with("]  100%  30 B of 10 B  30 B/s  00:00"));
    const Transfer stalled{.done = 0, .total = 10, .elapsed = std::chrono::seconds(9)};
    CPPUNIT_ASSERT(progress_line("f", stalled, 120).ends_with("0 B/s  --:--"));
    const Transfer slow{.done = 1, .total = 7201, .elapsed = std::chrono::seconds(1)};
    CPPUNIT_ASSERT(progress_line("f", slow, 120).ends_with("1 B/s  2:00:00"));
  }
};

class AnswerHeaderTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(AnswerHeaderTest);
  CPPUNIT_TEST(members);
  CPPUNIT_TEST(what_is_not_there_or_mistyped);
  CPPUNIT_TEST(statuses);
  CPPUNIT_TEST(digests);
  CPPUNIT_TEST_SUITE_END();

  void members() {
    const AnswerHeader header = read_answer_header(
        R"({"hash":"ab","hash_algorithm":"md5","offset":18446744073709551615,"timed_out":true,"truncated":true,)"
        R"("exit":3,"signal":9,"error":"e"})");
    equal("ab", header.hash.value());
    equal("md5", header.hash_algorithm);
    CPPUNIT_ASSERT_EQUAL(UINT64_MAX, header.offset);
    CPPUNIT_ASSERT(header.timed_out && header.truncated);
    CPPUNIT_ASSERT(header.exit == 3 && header.signal == 9 && header.error == "e");
  }

  void what_is_not_there_or_mistyped() {
    for (const char* text : {"{}", "[]", "", "{", R"({"hash":null,"offset":-1,"exit":"3","signal":1.5,"error":0})"}) {
      const AnswerHeader header = read_answer_header(text);
      CPPUNIT_ASSERT(!header.hash && !header.exit && !header.signal && !header.error);
      CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, header.offset);
      equal("sha256", header.hash_algorithm);
    }
  }

  void statuses() {
    const auto status = [](const char* text) { return exit_status(read_answer_header(text)); };
    CPPUNIT_ASSERT_EQUAL(0, status("{}"));
    CPPUNIT_ASSERT_EQUAL(3, status(R"({"exit":3,"error":"e"})"));
    CPPUNIT_ASSERT_EQUAL(137, status(R"({"signal":9})"));
    CPPUNIT_ASSERT_EQUAL(1, status(R"({"error":"e"})"));
    CPPUNIT_ASSERT_EQUAL(255, status(R"({"exit":256})"));
    CPPUNIT_ASSERT_EQUAL(255, status(R"({"exit":-1})"));
  }

  void digests() {
    Digest digest("sha256");  // the example of FIPS 180-2, appendix B.1
    digest.update("a");
    digest.update("bc");
    equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", digest.hex());
    CPPUNIT_ASSERT_THROW(Digest("sha257"), std::invalid_argument);
  }
};

class InputTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(InputTest);
  CPPUNIT_TEST(arguments);
  CPPUNIT_TEST(lines);
  CPPUNIT_TEST(nothing_more_is_known_without_waiting);
  CPPUNIT_TEST_SUITE_END();

  struct Pipe {
    Pipe() {
      std::array<int, 2> ends{};
      CPPUNIT_ASSERT_EQUAL(0, ::pipe(ends.data()));
      reader = UniqueFd(ends[0]);
      writer = UniqueFd(ends[1]);
    }
    void write(const std::string& text) const {
      CPPUNIT_ASSERT_EQUAL(static_cast<ssize_t>(text.size()), ::write(writer.get(), text.data(), text.size()));
    }
    UniqueFd reader;
    UniqueFd writer;
  };

  void arguments() {
    ArgumentSource source({"a", ""});
    equal("a", source.next().value());
    CPPUNIT_ASSERT(!source.at_end());
    equal("", source.next().value());
    CPPUNIT_ASSERT(source.at_end());
    CPPUNIT_ASSERT(!source.next());
  }

  void lines() {
    Pipe pipe;
    LineSource source(pipe.reader.get());
    pipe.write("a\n\nb\r\nlast");
    pipe.writer = UniqueFd();
    for (const char* expected : {"a", "", "b\r", "last"}) {
      CPPUNIT_ASSERT(!source.at_end());
      equal(expected, source.next().value());
    }
    CPPUNIT_ASSERT(source.at_end());
    CPPUNIT_ASSERT(!source.next());
  }

  void nothing_more_is_known_without_waiting() {
    Pipe pipe;
    LineSource source(pipe.reader.get());
    CPPUNIT_ASSERT(!source.at_end());
    CPPUNIT_ASSERT(!source.ready());
    pipe.write("a\n");
    CPPUNIT_ASSERT(source.ready());
    equal("a", source.next().value());
    CPPUNIT_ASSERT(!source.at_end());
    pipe.writer = UniqueFd();
    CPPUNIT_ASSERT(source.at_end());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CommandLineTest);
CPPUNIT_TEST_SUITE_REGISTRATION(TraceTest);
CPPUNIT_TEST_SUITE_REGISTRATION(ProgressTest);
CPPUNIT_TEST_SUITE_REGISTRATION(AnswerHeaderTest);
CPPUNIT_TEST_SUITE_REGISTRATION(InputTest);

}  // namespace
}  // namespace netkit::client
