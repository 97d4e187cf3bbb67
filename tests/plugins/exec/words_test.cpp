#include "words.h"

#include <cppunit/extensions/HelperMacros.h>

#include <vector>

namespace netkit::exec {
namespace {

using Words = std::vector<std::string>;

struct Case {
  const char* line;
  Words words;
};

/// Each as Python 3.11's shlex.split() splits it.
const Case kCases[] = {
    {"", {}},
    {" \t\r\n ", {}},
    {"a", {"a"}},
    {"  a   b\tc\nd\r", {"a", "b", "c", "d"}},
    {"'a b'", {"a b"}},
    {"\"a b\" c", {"a b", "c"}},
    {"a'b c'd", {"ab cd"}},
    {"'' \"\"", {"", ""}},
    {"a ''", {"a", ""}},
    {"'a\"b' \"a'b\"", {"a\"b", "a'b"}},
    {"a\\ b", {"a b"}},
    {"\\a\\\\\\'", {"a\\'"}},
    {"'a\\b'", {"a\\b"}},
    {"'a\\\\b\\\"'", {"a\\\\b\\\""}},
    {"\"a\\\"b\\\\c\\d\\$\"", {"a\"b\\c\\d\\$"}},
    {"$HOME `id` $(id) * ? ~ ; | & > < ! #",
     {"$HOME", "`id`", "$(id)", "*", "?", "~", ";", "|", "&", ">", "<", "!", "#"}},
    {"a;b|c&&d", {"a;b|c&&d"}},
    {"'line\nend'", {"line\nend"}},
    {"--flag=\"x y\"", {"--flag=x y"}},
    {"\xc3\xa4 '\xff \xfe'", {"\xc3\xa4", "\xff \xfe"}},
    {"\va\f", {"\va\f"}},
};

class WordsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(WordsTest);
  CPPUNIT_TEST(lines_are_split_as_shlex_does);
  CPPUNIT_TEST(an_open_quote_or_a_last_backslash_is_refused);
  CPPUNIT_TEST_SUITE_END();

 public:
  void lines_are_split_as_shlex_does() {
    for (const Case& one : kCases) CPPUNIT_ASSERT_MESSAGE(one.line, split_words(one.line) == one.words);
  }

  void an_open_quote_or_a_last_backslash_is_refused() {
    for (const char* line : {"'", "\"", "a 'b", "a \"b\\\"", "\"a'", "\\", "a b\\", "\"a\\"}) {
      CPPUNIT_ASSERT_MESSAGE(line, !split_words(line).has_value());
    }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(WordsTest);

}  // namespace
}  // namespace netkit::exec
