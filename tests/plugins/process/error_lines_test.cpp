#include "program/error_lines.h"

#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <utility>
#include <vector>

namespace netkit::process {

class ErrorLinesTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ErrorLinesTest);
  CPPUNIT_TEST(prefixes_are_levels);
  CPPUNIT_TEST(a_line_may_come_in_pieces);
  CPPUNIT_TEST(a_long_line_is_told_in_pieces_of_one_level);
  CPPUNIT_TEST(the_end_ends_a_line);
  CPPUNIT_TEST_SUITE_END();

 public:
  void prefixes_are_levels() {
    lines_.add("E! bad\nW! doubtful\nI!said\nD! small\nplain\n\nE!\r\n");
    const Told expected = {{LogLevel::error, "bad"},   {LogLevel::warning, "doubtful"}, {LogLevel::info, "said"},
                           {LogLevel::debug, "small"}, {LogLevel::info, "plain"},       {LogLevel::error, ""}};
    CPPUNIT_ASSERT(told_ == expected);
  }
  void a_line_may_come_in_pieces() {
    for (const char byte : std::string_view("W! one\ntwo\n")) lines_.add({&byte, 1});
    CPPUNIT_ASSERT((told_ == Told{{LogLevel::warning, "one"}, {LogLevel::info, "two"}}));
  }
  void a_long_line_is_told_in_pieces_of_one_level() {
    lines_.add("E! " + std::string(2 * ErrorLines::kLongest, 'x') + "\nnext\n");
    CPPUNIT_ASSERT_EQUAL(std::size_t{4}, told_.size());
    CPPUNIT_ASSERT_EQUAL(ErrorLines::kLongest - 3, told_[0].second.size());
    CPPUNIT_ASSERT_EQUAL(ErrorLines::kLongest, told_[1].second.size());
    CPPUNIT_ASSERT((told_[2] == std::pair{LogLevel::error, std::string("xxx")}));
    CPPUNIT_ASSERT((told_[3] == std::pair{LogLevel::info, std::string("next")}));
  }
  void the_end_ends_a_line() {
    lines_.add("no newline");
    CPPUNIT_ASSERT(told_.empty());
    lines_.end();
    CPPUNIT_ASSERT((told_ == Told{{LogLevel::info, "no newline"}}));
  }

 private:
  using Told = std::vector<std::pair<LogLevel, std::string>>;

  Told told_;
  ErrorLines lines_{[this](LogLevel level, std::string_view line) { told_.emplace_back(level, line); }};
};

CPPUNIT_TEST_SUITE_REGISTRATION(ErrorLinesTest);

}  // namespace netkit::process
