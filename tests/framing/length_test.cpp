#include <cppunit/extensions/HelperMacros.h>

#include "framing/builtins.h"

namespace netkit::testing {
namespace {

using namespace std::string_literals;

class LengthTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LengthTest);
  CPPUNIT_TEST(the_encoder_fills_the_field_inside_a_message_that_brings_its_header);
  CPPUNIT_TEST(the_encoder_fills_the_part_of_a_field_that_strip_leaves_in_the_message);
  CPPUNIT_TEST(a_message_without_room_for_its_header_is_refused);
  CPPUNIT_TEST(a_message_too_large_for_the_field_is_refused);
  CPPUNIT_TEST(a_message_too_small_for_the_adjustment_is_refused);
  CPPUNIT_TEST(a_body_over_4_GiB_is_announced_in_8_bytes);
  CPPUNIT_TEST(a_message_too_large_for_the_field_leaves_nothing);
  CPPUNIT_TEST(a_streamed_message_brings_its_own_part_of_the_header);
  CPPUNIT_TEST(what_is_sent_is_not_limited_by_max);
  CPPUNIT_TEST(options_that_let_no_message_pass_are_refused);
  CPPUNIT_TEST(the_largest_field_value_is_taken_where_max_allows_it);
  CPPUNIT_TEST_SUITE_END();

 public:
  void the_encoder_fills_the_field_inside_a_message_that_brings_its_header() {
    const TestedFraming framing =
        builtin("length", {{"bytes", "2"}, {"offset", "1"}, {"strip", "0"}, {"includes_header", "true"}});
    CPPUNIT_ASSERT_EQUAL("T\0\x06xyz"s, framing.encode("T??xyz"));
    CPPUNIT_ASSERT_EQUAL("T\0\x06xyz"s, decode_once(framing, "T\0\x06xyz"s).body);
  }

  void the_encoder_fills_the_part_of_a_field_that_strip_leaves_in_the_message() {
    const TestedFraming framing = builtin("length", {{"bytes", "4"}, {"offset", "1"}, {"strip", "3"}});
    CPPUNIT_ASSERT_EQUAL("\0\0\0\x01\x02"s + std::string(258, 'x'), framing.encode("??" + std::string(258, 'x')));
  }

  void a_message_without_room_for_its_header_is_refused() {
    const TestedFraming framing = builtin("length", {{"bytes", "4"}, {"strip", "1"}});
    CPPUNIT_ASSERT_EQUAL("message of 2 bytes, the length field carries messages of 3 to 4294967298"s,
                         framing.refusal(2));
    CPPUNIT_ASSERT_EQUAL(""s, framing.refusal(3));
  }

  void a_message_too_large_for_the_field_is_refused() {
    const auto limit_of = [](const Settings& settings) {
      const TestedFraming framing = builtin("length", settings);
      std::uint64_t fits = 0;
      for (std::uint64_t step = std::uint64_t{1} << 61; step > 0; step /= 2) {
        if (framing.refusal(fits + step).empty()) fits += step;
      }
      return fits;
    };
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{255}, limit_of({{"bytes", "1"}}));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{127}, limit_of({{"bytes", "1"}, {"signed", "true"}}));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{65533}, limit_of({{"bytes", "2"}, {"includes_header", "true"}}));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0xffffffff}, limit_of({}));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0x7fffffff}, limit_of({{"signed", "true"}}));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0x7fffffffff}, limit_of({{"bytes", "5"}, {"signed", "true"}}));
    CPPUNIT_ASSERT_EQUAL("message of 256 bytes, the length field carries messages of 0 to 255"s,
                         builtin("length", {{"bytes", "1"}}).refusal(256));
    CPPUNIT_ASSERT(!builtin("length", {{"bytes", "8"}}).refusal(UINT64_MAX).empty());
  }

  void a_message_too_small_for_the_adjustment_is_refused() {
    const TestedFraming framing = builtin("length", {{"bytes", "1"}, {"adjust", "3"}});
    CPPUNIT_ASSERT_EQUAL("message of 2 bytes, the length field carries messages of 3 to 258"s, framing.refusal(2));
    CPPUNIT_ASSERT_EQUAL("\0abc"s, framing.encode("abc"));
  }

  void a_message_too_large_for_the_field_leaves_nothing() {
    const TestedFraming framing = builtin("length", {{"bytes", "1"}});
    Buffer out;
    out.reserve(1000);
    CPPUNIT_ASSERT_THROW(framing.encoder()->encode({}, std::string(256, 'x'), out), std::length_error);
    CPPUNIT_ASSERT(out.empty());
  }

  void a_body_over_4_GiB_is_announced_in_8_bytes() {
    Buffer out;
    builtin("length", {{"bytes", "8"}}).encoder()->begin({}, (std::uint64_t{5} << 30) + 1, out);
    CPPUNIT_ASSERT_EQUAL("\0\0\0\x01\x40\0\0\x01"s, std::string(out.view()));
  }

  void a_streamed_message_brings_its_own_part_of_the_header() {
    const TestedFraming framing = builtin("length", {{"bytes", "2"}, {"includes_header", "true"}, {"strip", "0"}});
    CPPUNIT_ASSERT_EQUAL("\0\7hello"s, framing.encode_streamed({"\0\7hello"s}));
  }

  void what_is_sent_is_not_limited_by_max() { CPPUNIT_ASSERT_EQUAL(""s, builtin("length", {{"max", "4"}}).refusal(5)); }

  void options_that_let_no_message_pass_are_refused() {
    CPPUNIT_ASSERT_EQUAL("max: max is 3, but a message has at least the 4 bytes of header that strip leaves on it"s,
                         option_error("length", {{"strip", "0"}, {"max", "3"}}));
    CPPUNIT_ASSERT_EQUAL(""s, option_error("length", {{"strip", "0"}, {"max", "4"}}));
    CPPUNIT_ASSERT_EQUAL(
        "adjust: no length field fits: a frame is the field's value - 299, and has to have 1 to 1048577 bytes"s,
        option_error("length", {{"bytes", "1"}, {"adjust", "-300"}}));
    CPPUNIT_ASSERT_EQUAL(
        "adjust: no length field fits: a frame is the field's value + 24, and has to have 4 to 14 bytes"s,
        option_error("length", {{"adjust", "20"}, {"max", "10"}}));
    CPPUNIT_ASSERT_EQUAL(
        "adjust: no length field fits: a frame is the field's value - 127, and has to have 1 to 1048577 bytes"s,
        option_error("length", {{"bytes", "1"}, {"adjust", "-128"}, {"signed", "true"}}));
    CPPUNIT_ASSERT_EQUAL(""s, option_error("length", {{"bytes", "1"}, {"adjust", "-127"}, {"signed", "true"}}));
  }

  void the_largest_field_value_is_taken_where_max_allows_it() {
    const TestedFraming framing = builtin("length", {{"max", "1024GiB"}});
    const Step step = decode_once(framing, "\xff\xff\xff\xff"s);
    CPPUNIT_ASSERT(step.status == Decoded::Status::need_more);
    CPPUNIT_ASSERT_EQUAL(std::size_t{0x100000003}, step.size);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LengthTest);

}  // namespace
}  // namespace netkit::testing
