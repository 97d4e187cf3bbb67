#include "request.h"

#include <cppunit/extensions/HelperMacros.h>

namespace netkit::testing {

using file_send::BadRequest;
using file_send::Request;

class FileSendRequestTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(FileSendRequestTest);
  CPPUNIT_TEST(takes_a_plain_path_without_its_line_end);
  CPPUNIT_TEST(takes_json_with_any_of_its_members);
  CPPUNIT_TEST(says_what_is_wrong_with_json);
  CPPUNIT_TEST(survives_nesting_of_any_depth);
  CPPUNIT_TEST(parses_no_more_than_a_file_name_needs);
  CPPUNIT_TEST(cuts_a_name_that_no_file_can_have);
  CPPUNIT_TEST_SUITE_END();

 public:
  void takes_a_plain_path_without_its_line_end() {
    const std::pair<const char*, const char*> cases[] = {
        {"a/b.txt", "a/b.txt"}, {"a\n", "a"}, {"a\r\n", "a"}, {"a\r", "a"},      {"a\n\n", "a\n"},
        {" a ", " a "},         {"", ""},     {"\n", ""},     {"\"a\"", "\"a\""}};
    for (const auto& [message, name] : cases) {
      const Request request = good(message);
      CPPUNIT_ASSERT_EQUAL(std::string(name), request.filename);
      CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, request.offset);
      CPPUNIT_ASSERT(!request.hash);
    }
  }

  void takes_json_with_any_of_its_members() {
    CPPUNIT_ASSERT_EQUAL(std::string("a\n\"é"), good(R"({"filename": "a\n\"\u00e9"})").filename);
    const Request full = good("{\"offset\": 9223372036854775807, \"hash\": \"ab\", \"filename\": \"f\"}\n");
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{9223372036854775807U}, full.offset);
    CPPUNIT_ASSERT_EQUAL(std::string("ab"), *full.hash);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{18446744073709551615U},
                         good(R"({"filename":"f","offset":18446744073709551615})").offset);
    CPPUNIT_ASSERT_EQUAL(std::string("a\0b", 3), good(R"({"filename":"a\u0000b"})").filename);
  }

  void says_what_is_wrong_with_json() {
    const std::pair<const char*, const char*> cases[] = {
        {R"({})", "'filename' is missing"},
        {R"({"offset":1})", "'filename' is missing"},
        {R"({"filename":"a","ofset":1})", "unknown member \"ofset\", expected filename, offset or hash"},
        {R"({"filename":"a","x\n":1})", "unknown member \"x\\n\", expected filename, offset or hash"},
        {R"({"filename":"a","filename":"b"})", "'filename' is there twice"},
        {R"({"filename":"a","offset":1,"offset":1})", "'offset' is there twice"},
        {R"({"filename":"a","hash":"","hash":""})", "'hash' is there twice"},
        {R"({"filename":null})", "'filename' is null, expected a string"},
        {R"({"filename":true})", "'filename' is true or false, expected a string"},
        {R"({"filename":1})", "'filename' is a number, expected a string"},
        {R"({"filename":["a"]})", "'filename' is a list, expected a string"},
        {R"({"filename":{"a":1}})", "'filename' is an object, expected a string"},
        {R"({"filename":"a","offset":"1"})", "'offset' is a string, expected a whole number, 0 or more"},
        {R"({"filename":"a","offset":-1})", "'offset' is a negative number, expected a whole number, 0 or more"},
        {R"({"filename":"a","offset":1.5})", "'offset' is 1.5, expected a whole number, 0 or more"},
        {R"({"filename":"a","offset":1e3})", "'offset' is 1e3, expected a whole number, 0 or more"},
        {R"({"filename":"a","offset":18446744073709551616})",
         "'offset' is 18446744073709551616, expected a whole number, 0 or more"},
        {R"({"filename":"a","offset":null})", "'offset' is null, expected a whole number, 0 or more"},
        {R"({"filename":"a","hash":1})", "'hash' is a number, expected a string"},
        {R"({"filename":"a",})", "not valid JSON at byte 17"},
        {R"({"filename":"a"} x)", "not valid JSON at byte 18"},
        {R"({"filename":"a")", "not valid JSON at byte 16"},
        {R"({"filename":"\ud800"})", "not valid JSON at byte 20"},
        {"{\"filename\":\"\xff\"}", "not valid JSON at byte 14"},
        {"{\"filename\":\"\xc0\xae\"}", "not valid JSON at byte 14"},
        {R"({filename:"a"})", "not valid JSON at byte 3"},
        {R"({"filename":NaN})", "not valid JSON at byte 13"},
        {"{", "not valid JSON at byte 2"},
    };
    for (const auto& [message, reason] : cases) CPPUNIT_ASSERT_EQUAL(std::string(reason), bad(message));
  }

  void survives_nesting_of_any_depth() {
    const std::string deep = "{\"filename\":" + std::string(file_send::kLongestJson - 12, '[');
    CPPUNIT_ASSERT_EQUAL(std::string("'filename' is a list, expected a string"), bad(deep));
    CPPUNIT_ASSERT_EQUAL(std::string("not valid JSON at byte 2"), bad(std::string(file_send::kLongestJson, '{')));
  }

  void parses_no_more_than_a_file_name_needs() {
    std::string escaped;
    for (std::size_t i = 0; i < file_send::kLongestName; ++i) escaped += "\\u0001";
    CPPUNIT_ASSERT_EQUAL(std::string(file_send::kLongestName, '\1'),
                         good("{\"filename\":\"" + escaped + "\"}").filename);
    CPPUNIT_ASSERT_EQUAL(std::string("longer than 25594 bytes, more than any file name needs"),
                         bad("{" + std::string(file_send::kLongestJson, ' ')));
  }

  void cuts_a_name_that_no_file_can_have() {
    const std::string cut(file_send::kLongestName + 1, 'n');
    CPPUNIT_ASSERT_EQUAL(cut, good(std::string(1'000'000, 'n')).filename);
    CPPUNIT_ASSERT_EQUAL(cut, good("{\"filename\":\"" + std::string(20'000, 'n') + "\"}").filename);
  }

 private:
  static Request good(std::string_view message) {
    const auto parsed = file_send::parse_request(message);
    CPPUNIT_ASSERT(std::holds_alternative<Request>(parsed));
    return std::get<Request>(parsed);
  }

  static std::string bad(std::string_view message) {
    const auto parsed = file_send::parse_request(message);
    CPPUNIT_ASSERT(std::holds_alternative<BadRequest>(parsed));
    return std::get<BadRequest>(parsed).reason;
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FileSendRequestTest);

}  // namespace netkit::testing
