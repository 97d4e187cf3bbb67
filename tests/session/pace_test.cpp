#include "session/pace.h"

#include <cppunit/extensions/HelperMacros.h>

namespace netkit::testing {
namespace {

class PaceTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(PaceTest);
  CPPUNIT_TEST(who_is_fast_enough_goes_on);
  CPPUNIT_TEST(who_is_too_slow_is_told_at_the_end_of_a_window);
  CPPUNIT_TEST(nothing_is_judged_while_nothing_is_due);
  CPPUNIT_TEST(a_rate_of_0_asks_for_nothing);
  CPPUNIT_TEST_SUITE_END();

 public:
  void who_is_fast_enough_goes_on() {
    Pace pace(kRate);
    for (int i = 0; i < 10; ++i)
      CPPUNIT_ASSERT(pace.keeps(true, 500U * static_cast<unsigned>(i), kStart + i * kWindow));
  }

  void who_is_too_slow_is_told_at_the_end_of_a_window() {
    Pace pace(kRate);
    CPPUNIT_ASSERT(pace.keeps(true, 1000, kStart));
    CPPUNIT_ASSERT(pace.next_look() == kStart + kWindow);
    CPPUNIT_ASSERT(pace.keeps(true, 1000, kStart + kWindow / 2));
    CPPUNIT_ASSERT(!pace.keeps(true, 1499, kStart + kWindow));
  }

  void nothing_is_judged_while_nothing_is_due() {
    Pace pace(kRate);
    CPPUNIT_ASSERT(pace.keeps(true, 0, kStart));
    CPPUNIT_ASSERT(pace.keeps(false, 10, kStart + kWindow));
    CPPUNIT_ASSERT(pace.next_look() == Pace::kNever);
    CPPUNIT_ASSERT(pace.keeps(true, 10, kStart + 5 * kWindow));
    CPPUNIT_ASSERT(pace.next_look() == kStart + 6 * kWindow);
  }

  void a_rate_of_0_asks_for_nothing() {
    Pace pace(Rate{});
    CPPUNIT_ASSERT(pace.keeps(true, 0, kStart));
    CPPUNIT_ASSERT(pace.keeps(true, 0, kStart + kWindow));
    CPPUNIT_ASSERT(pace.next_look() == Pace::kNever);
  }

 private:
  static constexpr auto kWindow = Pace::kWindow;
  static constexpr Rate kRate{100, std::chrono::seconds(1)};  // 500 in a window
  static constexpr TimePoint kStart{std::chrono::hours(1)};
};
CPPUNIT_TEST_SUITE_REGISTRATION(PaceTest);

}  // namespace
}  // namespace netkit::testing
