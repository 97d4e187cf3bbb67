#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <vector>

#include "base/nearest.h"
#include "base/words.h"
#include "support/refusal.h"

namespace netkit::test {
namespace {

using Strings = std::vector<std::string>;

}  // namespace

class TextTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TextTest);
  CPPUNIT_TEST(lists);
  CPPUNIT_TEST(wrong_lists);
  CPPUNIT_TEST(words);
  CPPUNIT_TEST(wrong_words);
  CPPUNIT_TEST(quoted_values);
  CPPUNIT_TEST(nearest_names);
  CPPUNIT_TEST(quotes_safely);
  CPPUNIT_TEST_SUITE_END();

 public:
  void lists() {
    CPPUNIT_ASSERT(split_list("") == Strings{});
    CPPUNIT_ASSERT(split_list("  ") == Strings{});
    CPPUNIT_ASSERT(split_list("tcp") == Strings{"tcp"});
    CPPUNIT_ASSERT((split_list(" tcp , udp ") == Strings{"tcp", "udp"}));
    CPPUNIT_ASSERT((split_list("a b,\\r\\n") == Strings{"a b", "\\r\\n"}));
    CPPUNIT_ASSERT((split_list("\",\", \" x \",\"\",\"say \"\"hi\"\"\"") == Strings{",", " x ", "", "say \"hi\""}));
    CPPUNIT_ASSERT((split_list("a\"b") == Strings{"a\"b"}));
  }

  void wrong_lists() {
    equal("found an empty item, expected text (or \"\") between commas", refusal([] { split_list("a,,b"); }));
    equal("found an empty item, expected text (or \"\") between commas", refusal([] { split_list(",a"); }));
    equal("found a comma at the end, expected an item behind it", refusal([] { split_list("a, "); }));
    equal("found '\"a, b', expected a closing \"", refusal([] { split_list("\"a, b"); }));
    equal("found 'b' after the closing '\"', expected a comma", refusal([] { split_list("\"a\" b"); }));
  }

  void words() {
    CPPUNIT_ASSERT(split_words("") == Strings{});
    CPPUNIT_ASSERT((split_words("uptime  -p\t") == Strings{"uptime", "-p"}));
    CPPUNIT_ASSERT((split_words("a 'b c' \"d e\" f\\ g") == Strings{"a", "b c", "d e", "f g"}));
    CPPUNIT_ASSERT((split_words("x'y'\"z\" '' \"\"") == Strings{"xyz", "", ""}));
    CPPUNIT_ASSERT((split_words(R"("\"\\\n" '\"' \\)") == Strings{R"("\\n)", R"(\")", R"(\)"}));
    CPPUNIT_ASSERT((split_words("$HOME;rm *") == Strings{"$HOME;rm", "*"}));
  }

  void wrong_words() {
    equal("found 'a 'b', expected a closing '", refusal([] { split_words("a 'b"); }));
    equal("found 'a \"b\\\"', expected a closing \"", refusal([] { split_words("a \"b\\\""); }));
    equal("found '\\' at the end, expected a character behind it", refusal([] { split_words("a\\"); }));
  }

  void quoted_values() {
    equal("a b", unquote(" a b "));
    equal(" a \"b\" ", unquote("\" a \"\"b\"\" \""));
    equal("a\"b", unquote("a\"b"));
    equal("found ' c' after the closing '\"', expected nothing", refusal([] { unquote("\"a b\" c"); }));
  }

  void nearest_names() {
    const Strings names = {"address", "framing", "handler", "limits"};
    equal("handler", nearest("handlr", names));
    equal("handler", nearest("hanlder", names));
    equal("framing", nearest("Framing", names));
    equal("", nearest("zzz", names));
    equal("warning", nearest("warn", {"info", "warning", "error"}));
    equal("warning", nearest("WARN", {"info", "warning", "error"}));
    equal("", nearest("wa", {"info", "warning"}));
    equal("", nearest("warn", {"warning", "warned-of"}));
    equal("", nearest("", names));
    equal("", nearest(std::string(1000, 'a'), names));
    equal("; did you mean 'limits'?", suggest("limit", names));
    equal("; known: address, framing, handler, limits", suggest("zzz", names));
    equal("", suggest("zzz", {}));
  }

  void quotes_safely() {
    equal("'a\\nb\\x1b\\x7f'", in_quotes("a\nb\x1b\x7f"));
    equal("'" + std::string(60, 'a') + "...'", in_quotes(std::string(100, 'a')));
    equal("'" + std::string(59, 'a') + "...'", in_quotes(std::string(59, 'a') + "\xc3\xa9\xc3\xa9"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TextTest);

}  // namespace netkit::test
