#include <cppunit/extensions/HelperMacros.h>

#include <filesystem>

#include "framing/builtin.h"
#include "framing/builtins.h"
#include "plugin/registry.h"

namespace netkit::testing {
namespace {

using namespace std::string_literals;

/// What is particular to the framings that have no test of their own.
class SmallFramingsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SmallFramingsTest);
  CPPUNIT_TEST(the_registry_has_all_ten);
  CPPUNIT_TEST(each_has_a_corpus_to_fuzz);
  CPPUNIT_TEST(only_datagram_needs_datagrams);
  CPPUNIT_TEST(raw_takes_what_is_there_up_to_its_limit);
  CPPUNIT_TEST(an_empty_datagram_is_a_message);
  CPPUNIT_TEST(a_line_loses_one_carriage_return_only);
  CPPUNIT_TEST(bytes_of_a_line_that_were_scanned_are_not_scanned_again);
  CPPUNIT_TEST(a_line_ends_once);
  CPPUNIT_TEST(fixed_refuses_to_send_another_size);
  CPPUNIT_TEST(fixed_refuses_a_size_over_max);
  CPPUNIT_TEST(varint_writes_the_shortest_form);
  CPPUNIT_TEST(a_streamed_body_gets_the_same_bytes_around_it);
  CPPUNIT_TEST_SUITE_END();

 public:
  void the_registry_has_all_ten() {
    TypeRegistry registry;
    add_builtin_framings(registry);
    std::string names;
    for (const auto& [name, type] : registry.framings()) names += name + " ";
    CPPUNIT_ASSERT_EQUAL("datagram delimiter fixed http json-header length line netstring raw varint "s, names);
  }

  void each_has_a_corpus_to_fuzz() {
    TypeRegistry registry;
    add_builtin_framings(registry);
    for (const auto& [name, type] : registry.framings()) {
      CPPUNIT_ASSERT_MESSAGE(name, std::filesystem::is_directory("tests/fuzz/corpus/" + name));
    }
  }

  void only_datagram_needs_datagrams() {
    TypeRegistry registry;
    add_builtin_framings(registry);
    for (const auto& [name, type] : registry.framings()) {
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, name == "datagram", type.needs_datagrams);
    }
  }

  void raw_takes_what_is_there_up_to_its_limit() {
    for (const Settings& settings :
         {Settings{{"read", "4"}}, Settings{{"max", "4"}}, Settings{{"read", "9"}, {"max", "4"}}}) {
      const auto decoder = builtin("raw", settings).decoder();
      const Decoding expected = bodies({"abc", "defg", "h"});
      CPPUNIT_ASSERT_EQUAL(expected, decode_pieces(*decoder, {"abc", "defgh"}));
    }
    CPPUNIT_ASSERT_EQUAL(std::size_t{65536}, decode_once(builtin("raw"), std::string(70000, 'r')).size);
    CPPUNIT_ASSERT(decode_once(builtin("raw"), "").status == Decoded::Status::need_more);
  }

  void an_empty_datagram_is_a_message() {
    const Step step = decode_once(builtin("datagram"), "");
    CPPUNIT_ASSERT(step.status == Decoded::Status::message);
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, step.size);
  }

  void a_line_loses_one_carriage_return_only() {
    const auto decoder = builtin("line").decoder();
    const Decoding expected = bodies({"a\r", "", "b\rc"}, "\r");
    CPPUNIT_ASSERT_EQUAL(expected, decode_pieces(*decoder, {"a\r\r\n\r\nb\rc\n\r"}));
  }

  void bytes_of_a_line_that_were_scanned_are_not_scanned_again() {
    const auto decoder = builtin("line").decoder();
    CPPUNIT_ASSERT(decoder->decode("aaaa").status == Decoded::Status::need_more);
    CPPUNIT_ASSERT_EQUAL(std::size_t{6}, decoder->decode("a\naab\n").size);  // altered behind its back
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, decoder->decode("a\n").size);
  }

  void a_line_ends_once() {
    const TestedFraming framing = builtin("line");
    CPPUNIT_ASSERT_EQUAL("a\n"s, framing.encode("a"));
    CPPUNIT_ASSERT_EQUAL("a\n"s, framing.encode("a\n"));
    CPPUNIT_ASSERT_EQUAL("a\n\n"s, framing.encode("a\n\n"));
    CPPUNIT_ASSERT_EQUAL("\n"s, framing.encode(""));
  }

  void fixed_refuses_to_send_another_size() {
    const TestedFraming framing = builtin("fixed", {{"size", "3"}});
    CPPUNIT_ASSERT_EQUAL("message of 4 bytes, the framing carries messages of exactly 3"s, framing.refusal(4));
    CPPUNIT_ASSERT(!framing.refusal(2).empty());
    CPPUNIT_ASSERT_EQUAL(""s, framing.refusal(3));
  }

  void fixed_refuses_a_size_over_max() {
    CPPUNIT_ASSERT_EQUAL("size: size is 5, more than max allows (4)"s,
                         option_error("fixed", {{"size", "5"}, {"max", "4"}}));
    CPPUNIT_ASSERT_EQUAL(""s, option_error("fixed", {{"size", "4"}, {"max", "4"}}));
  }

  void varint_writes_the_shortest_form() {
    const auto prefix = [](std::uint64_t size) {
      Buffer out;
      builtin("varint").encoder()->begin({}, size, out);
      return std::string(out.view());
    };
    CPPUNIT_ASSERT_EQUAL("\0"s, prefix(0));
    CPPUNIT_ASSERT_EQUAL("\x7f"s, prefix(127));
    CPPUNIT_ASSERT_EQUAL("\x80\x01"s, prefix(128));
    CPPUNIT_ASSERT_EQUAL("\x96\x01"s, prefix(150));  // the example of protobuf's encoding guide
    CPPUNIT_ASSERT_EQUAL("\xac\x02"s, prefix(300));
    CPPUNIT_ASSERT_EQUAL("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s, prefix(UINT64_MAX));
  }

  void a_streamed_body_gets_the_same_bytes_around_it() {
    const std::vector<std::pair<std::string, Settings>> all = {{"raw", {}},
                                                               {"line", {}},
                                                               {"delimiter", {{"delimiters", ";"}}},
                                                               {"fixed", {{"size", "3"}}},
                                                               {"length", {}},
                                                               {"varint", {}},
                                                               {"netstring", {}},
                                                               {"json-header", {}},
                                                               {"http", {}}};
    for (const auto& [name, settings] : all) {
      const TestedFraming framing = builtin(name, settings);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, framing.encode("abc"), framing.encode_streamed({"abc"}));
    }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SmallFramingsTest);

}  // namespace
}  // namespace netkit::testing
