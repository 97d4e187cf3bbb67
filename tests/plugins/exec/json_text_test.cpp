#include "json_text.h"

#include <cppunit/extensions/HelperMacros.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

namespace netkit::exec {
namespace {

/// What another library makes of the same bytes, without the quotes.
std::string expected(const std::string& bytes) {
  const std::string text = nlohmann::json(bytes).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return text.substr(1, text.size() - 2);
}

std::string whole(const std::string& bytes) {
  JsonText json;
  std::string text;
  json.add(bytes, text);
  json.end(text);
  return text;
}

class JsonTextTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(JsonTextTest);
  CPPUNIT_TEST(every_byte_and_pair_of_bytes);
  CPPUNIT_TEST(longer_characters_and_their_neighbours);
  CPPUNIT_TEST(pieces_make_what_the_whole_makes);
  CPPUNIT_TEST_SUITE_END();

 public:
  void every_byte_and_pair_of_bytes() {
    for (int one = 0; one < 256; ++one) {
      CPPUNIT_ASSERT_EQUAL(expected(bytes({one})), whole(bytes({one})));
      for (int other = 0; other < 256; ++other)
        CPPUNIT_ASSERT_EQUAL(expected(bytes({one, other})), whole(bytes({one, other})));
    }
  }

  /// All that begin with a byte of three or four, and go on with what is just within a bound or just beyond it.
  void longer_characters_and_their_neighbours() {
    const std::vector<int> next = {0x22, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xf4, 0xff};
    for (int first = 0xe0; first < 0x100; ++first) {
      for (const int second : next) {
        for (const int third : next) {
          for (const int fourth : next) {
            const std::string text = bytes({first, second, third, fourth});
            CPPUNIT_ASSERT_EQUAL(expected(text), whole(text));
          }
        }
      }
    }
  }

  void pieces_make_what_the_whole_makes() {
    std::mt19937 random(7);
    const std::string pieces[] = {"plain",
                                  "\"",
                                  "\\",
                                  "\n",
                                  "\x01",
                                  "\x7f",
                                  "\xc3\xa4",
                                  "\xe2\x82\xac",
                                  "\xf0\x9f\x98\x80",
                                  "\xed\xa0\x80",
                                  "\xf0\x80",
                                  "\xff",
                                  "\xe2\x82",
                                  std::string(1, '\0')};
    for (int run = 0; run < 2000; ++run) {
      std::string text;
      for (int i = 0; i < 20; ++i) text += pieces[random() % std::size(pieces)];
      JsonText json;
      std::string made;
      for (std::size_t at = 0; at < text.size();) {
        const std::size_t count = 1 + random() % 4;
        json.add(std::string_view(text).substr(at, count), made);
        at += count;
      }
      json.end(made);
      CPPUNIT_ASSERT_EQUAL(expected(text), made);
    }
  }

 private:
  static std::string bytes(std::initializer_list<int> values) {
    std::string text;
    for (const int value : values) text += static_cast<char>(value);
    return text;
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(JsonTextTest);

}  // namespace
}  // namespace netkit::exec
