#include "base/log_throttle.h"

#include <cppunit/extensions/HelperMacros.h>
#include <poll.h>

#include <string>

namespace netkit::testing {
namespace {

class LogThrottleTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LogThrottleTest);
  CPPUNIT_TEST(a_line_after_others_tells_how_many_were_left_out);
  CPPUNIT_TEST(nothing_is_said_of_no_lines);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_line_after_others_tells_how_many_were_left_out() {
    LogThrottle throttle;
    std::uint64_t left_out = 7;
    CPPUNIT_ASSERT(throttle.admits(left_out));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, left_out);
    std::uint64_t refused = 0;
    while (!throttle.admits(left_out)) {
      ++refused;
      ::poll(nullptr, 0, 2);
    }
    CPPUNIT_ASSERT_EQUAL(refused, left_out);
  }

  void nothing_is_said_of_no_lines() {
    CPPUNIT_ASSERT_EQUAL(std::string(), left_out_text(0));
    CPPUNIT_ASSERT_EQUAL(std::string(" (3 lines of this listener left out before)"), left_out_text(3));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(LogThrottleTest);

}  // namespace
}  // namespace netkit::testing
