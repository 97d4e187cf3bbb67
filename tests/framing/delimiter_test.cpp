#include <cppunit/extensions/HelperMacros.h>

#include "framing/builtins.h"

namespace netkit::testing {
namespace {

using namespace std::string_literals;

Decoding decode(const Settings& settings, std::string_view wire) {
  const auto decoder = builtin("delimiter", settings).decoder();
  return decode_pieces(*decoder, {wire});
}

class DelimiterTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DelimiterTest);
  CPPUNIT_TEST(escapes_stand_for_bytes);
  CPPUNIT_TEST(escapes_that_are_none_are_refused);
  CPPUNIT_TEST(sets_without_a_usable_delimiter_are_refused);
  CPPUNIT_TEST(the_delimiter_that_is_complete_first_wins);
  CPPUNIT_TEST(of_delimiters_that_end_together_the_longest_wins);
  CPPUNIT_TEST(bytes_that_were_scanned_are_not_scanned_again);
  CPPUNIT_TEST(a_delimiter_across_two_reads_is_found);
  CPPUNIT_TEST(the_encoder_ends_a_body_once);
  CPPUNIT_TEST(keep_needs_room_for_a_delimiter);
  CPPUNIT_TEST_SUITE_END();

 public:
  void escapes_stand_for_bytes() {
    const TestedFraming framing = builtin("delimiter", {{"delimiters", "\\n\\r\\t\\0\\x7F\\xa0\\\\"}});
    CPPUNIT_ASSERT_EQUAL("\n\r\t\0\x7f\xa0\\"s, framing.encode(""));
  }

  void escapes_that_are_none_are_refused() {
    CPPUNIT_ASSERT_EQUAL("delimiters: 'a\\q': unknown escape \\q, expected \\n \\r \\t \\0 \\xHH or \\\\"s,
                         option_error("delimiter", {{"delimiters", "a\\q"}}));
    CPPUNIT_ASSERT_EQUAL("delimiters: 'a\\' ends in the middle of an escape; a backslash is written \\\\"s,
                         option_error("delimiter", {{"delimiters", "a\\"}}));
    for (const char* text : {"\\x", "\\x4", "\\xg0", "\\x4g", "\\x-1"}) {
      CPPUNIT_ASSERT_EQUAL("delimiters: '"s + text + "': \\x takes two hexadecimal digits",
                           option_error("delimiter", {{"delimiters", text}}));
    }
  }

  void sets_without_a_usable_delimiter_are_refused() {
    CPPUNIT_ASSERT_EQUAL("delimiters: no delimiter is given, expected at least one"s,
                         option_error("delimiter", {{"delimiters", ""}}));
    CPPUNIT_ASSERT_EQUAL("delimiters: delimiter 2 is empty"s, option_error("delimiter", {{"delimiters", "a,\"\""}}));
    CPPUNIT_ASSERT_EQUAL("delimiters: '\\x61' is given twice"s, option_error("delimiter", {{"delimiters", "a,\\x61"}}));
    CPPUNIT_ASSERT_EQUAL("delimiters: 'ab' can never end a message, 'a' in it is complete before"s,
                         option_error("delimiter", {{"delimiters", "ab,a"}}));
    CPPUNIT_ASSERT_EQUAL("delimiters: 'abcd' can never end a message, 'bc' in it is complete before"s,
                         option_error("delimiter", {{"delimiters", "bc,abcd"}}));
  }

  void the_delimiter_that_is_complete_first_wins() {
    const Decoding decoding = decode({{"delimiters", "==END, ;"}}, "a==;b==END");
    CPPUNIT_ASSERT_EQUAL(bodies({"a==", "b"}), decoding);
  }

  void of_delimiters_that_end_together_the_longest_wins() {
    for (const char* delimiters : {"\\n, \\r\\n", "\\r\\n, \\n"}) {
      CPPUNIT_ASSERT_EQUAL(bodies({"a", "b"}, "c"), decode({{"delimiters", delimiters}}, "a\r\nb\nc"));
    }
  }

  void bytes_that_were_scanned_are_not_scanned_again() {
    for (const Settings& settings : {Settings{{"delimiters", ";"}}, Settings{{"delimiters", ";, !"}}}) {
      const auto decoder = builtin("delimiter", settings).decoder();
      CPPUNIT_ASSERT(decoder->decode("aaaa").status == Decoded::Status::need_more);
      CPPUNIT_ASSERT_EQUAL(std::size_t{6}, decoder->decode("a;aab;").size);  // altered behind its back
      CPPUNIT_ASSERT_EQUAL(std::size_t{2}, decoder->decode("a;").size);
    }
  }

  void a_delimiter_across_two_reads_is_found() {
    const auto decoder = builtin("delimiter", {{"delimiters", "ENDEND"}}).decoder();
    CPPUNIT_ASSERT_EQUAL(bodies({}, "xENDENxENDEN"), decode_pieces(*decoder, {"xENDEN", "xENDEN"}));
    const auto other = builtin("delimiter", {{"delimiters", "ENDEND"}}).decoder();
    CPPUNIT_ASSERT_EQUAL(bodies({"xENDENx"}, "y"), decode_pieces(*other, {"xENDENxEND", "E", "NDy"}));
  }

  void the_encoder_ends_a_body_once() {
    const TestedFraming framing = builtin("delimiter", {{"delimiters", "\\r\\n, \\n, ;"}});
    CPPUNIT_ASSERT_EQUAL("a\r\n"s, framing.encode("a"));
    CPPUNIT_ASSERT_EQUAL("a\n"s, framing.encode("a\n"));
    CPPUNIT_ASSERT_EQUAL("a;"s, framing.encode("a;"));
    CPPUNIT_ASSERT_EQUAL("a\r\r\n"s, framing.encode("a\r"));
    CPPUNIT_ASSERT_EQUAL("\r\n"s, framing.encode(""));
  }

  void keep_needs_room_for_a_delimiter() {
    CPPUNIT_ASSERT_EQUAL("max: max is 1, less than the shortest delimiter (2 bytes), which keep counts"s,
                         option_error("delimiter", {{"delimiters", "abc, de"}, {"keep", "true"}, {"max", "1"}}));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DelimiterTest);

}  // namespace
}  // namespace netkit::testing
