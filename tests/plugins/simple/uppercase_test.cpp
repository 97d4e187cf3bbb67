#include <cppunit/extensions/HelperMacros.h>

#include <utility>

#include "support/plugin_handler.h"
#include "support/recording_responder.h"

namespace netkit::testing {
namespace {

/// One byte at a time, as the definition says it.
std::string plain_upper(std::string text) {
  for (char& letter : text) {
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  }
  return text;
}

std::string every_byte(std::size_t size, std::size_t start) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += static_cast<char>(start + i);
  return text;
}

}  // namespace

class UppercaseTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(UppercaseTest);
  CPPUNIT_TEST(ascii_maps_a_to_z_only_at_every_length);
  CPPUNIT_TEST(ascii_leaves_other_alphabets_alone);
  CPPUNIT_TEST(utf8_maps_every_alphabet_in_full);
  CPPUNIT_TEST(utf8_follows_no_particular_language);
  CPPUNIT_TEST(utf8_keeps_bytes_that_are_not_text);
  CPPUNIT_TEST(utf8_maps_ascii_as_ascii_does);
  CPPUNIT_TEST(offers_both_charsets);
  CPPUNIT_TEST_SUITE_END();

 public:
  void ascii_maps_a_to_z_only_at_every_length() {
    for (std::size_t size = 0; size <= 300; ++size) {
      const std::string text = every_byte(size, size * 7);
      CPPUNIT_ASSERT(answer(*ascii_, text) == plain_upper(text));
    }
  }

  void ascii_leaves_other_alphabets_alone() {
    CPPUNIT_ASSERT_EQUAL(std::string("STRAßE É é ﬁ"), answer(*ascii_, "straße É é ﬁ"));
  }

  void utf8_maps_every_alphabet_in_full() {
    const std::pair<const char*, const char*> cases[] = {
        {"straße", "STRASSE"},  {"éàü", "ÉÀÜ"},       {"ﬁnd", "FIND"}, {"ŉ", "ʼN"}, {"ΐ", "\u0399\u0308\u0301"},
        {"Σίσυφος", "ΣΊΣΥΦΟΣ"}, {"привет", "ПРИВЕТ"}, {"ა", "Ა"},    {"𐐨", "𐐀"},  {"ß", "SS"},
        {"日本語", "日本語"},
    };
    for (const auto& [text, expected] : cases) CPPUNIT_ASSERT_EQUAL(std::string(expected), answer(*utf8_, text));
  }

  void utf8_follows_no_particular_language() { CPPUNIT_ASSERT_EQUAL(std::string("Iİ I"), answer(*utf8_, "iİ ı")); }

  void utf8_keeps_bytes_that_are_not_text() {
    const std::pair<std::string, std::string> cases[] = {
        {"a\xff"
         "b",
         "A\xff"
         "B"},
        {"é\xc3", "É\xc3"},  // cut short
        {"\xc0\xaf"
         "é",
         "\xc0\xaf"
         "É"},  // overlong
        {"é\xed\xa0\x80"
         "a",
         "É\xed\xa0\x80"
         "A"},  // a surrogate
        {"ß\xf4\x90\x80\x80"
         "ß",
         "SS\xf4\x90\x80\x80"
         "SS"},  // beyond U+10FFFF
        {"\xf0\x9f\x98"
         "é\x80\x80",
         "\xf0\x9f\x98"
         "É\x80\x80"},  // an emoji without its end, stray continuations
        {std::string("é\0\xff\0b", 6), std::string("É\0\xff\0B", 6)},
    };
    for (const auto& [text, expected] : cases) CPPUNIT_ASSERT_EQUAL(expected, answer(*utf8_, text));
  }

  void utf8_maps_ascii_as_ascii_does() {
    for (std::size_t size = 0; size <= 128; ++size) {
      const std::string text = every_byte(size, 0);
      CPPUNIT_ASSERT(answer(*utf8_, text) == plain_upper(text));
    }
  }

  void offers_both_charsets() {
    const OptionSpec& charset = plugin_.type().options.at(0);
    CPPUNIT_ASSERT_EQUAL(std::string("charset"), charset.name);
    CPPUNIT_ASSERT_EQUAL(std::string("ascii"), charset.fallback);
    CPPUNIT_ASSERT((charset.choices == std::vector<std::string>{"ascii", "utf-8"}));
  }

 private:
  static std::string answer(Handler& handler, const std::string& text) {
    RecordingResponder responder;
    handler.on_message({.body = text}, responder);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, responder.answers.size());
    return responder.answers.front().body;
  }

  PluginHandler plugin_{"uppercase"};
  std::unique_ptr<Handler> ascii_ = plugin_.make(text_option("charset", "ascii"));
  std::unique_ptr<Handler> utf8_ = plugin_.make(text_option("charset", "utf-8"));
};

CPPUNIT_TEST_SUITE_REGISTRATION(UppercaseTest);

}  // namespace netkit::testing
