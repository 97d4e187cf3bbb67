#include "base/time_histogram.h"

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <numeric>

namespace netkit::testing {
namespace {

class TimeHistogramTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TimeHistogramTest);
  CPPUNIT_TEST(each_bound_belongs_to_its_range);
  CPPUNIT_TEST(those_that_came_together_count_as_their_mean);
  CPPUNIT_TEST(none_and_nothing_are_no_trouble);
  CPPUNIT_TEST(ticks_are_of_the_systems_time);
  CPPUNIT_TEST_SUITE_END();

 public:
  void each_bound_belongs_to_its_range() {
    const double pace = ticks_per_second();
    for (std::size_t i = 0; i < TimeHistogram::kBounds.size(); ++i) {
      CPPUNIT_ASSERT_EQUAL(i, range_of(TimeHistogram::kBounds[i] * pace * 0.95));
      CPPUNIT_ASSERT_EQUAL(i + 1, range_of(TimeHistogram::kBounds[i] * pace * 1.05));
    }
    CPPUNIT_ASSERT_EQUAL(TimeHistogram::kRanges - 1, range_of(1e18));
  }

  void those_that_came_together_count_as_their_mean() {
    const double pace = ticks_per_second();
    TimeHistogram times;
    times.add(100, static_cast<std::uint64_t>(100 * 2e-3 * pace));
    times.add(1, static_cast<std::uint64_t>(2 * pace));
    const TimeHistogram::Reading reading = times.read();
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{100}, reading.counts[7]);  // to 2.5 ms
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, reading.counts[16]);   // to 2.5 s
    CPPUNIT_ASSERT_DOUBLES_EQUAL(2.2, reading.seconds, 0.1);
  }

  void none_and_nothing_are_no_trouble() {
    TimeHistogram times;
    times.add(0, 5);
    times.add(1, 0);
    const TimeHistogram::Reading reading = times.read();
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, reading.counts[0]);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1},
                         std::accumulate(reading.counts.begin(), reading.counts.end(), std::uint64_t{0}));
  }

  void ticks_are_of_the_systems_time() {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point before = Clock::now();
    const std::uint64_t start = ticks();
    while (Clock::now() - before < std::chrono::milliseconds(20)) {
    }
    const double seconds = static_cast<double>(ticks_since(start)) / ticks_per_second();
    const double most = std::chrono::duration<double>(Clock::now() - before).count();
    CPPUNIT_ASSERT(seconds > 0.0199 && seconds < most * 1.01);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, ticks_since(ticks() + 1'000'000'000'000));
  }

 private:
  static std::size_t range_of(double time) {
    TimeHistogram times;
    times.add(1, static_cast<std::uint64_t>(time));
    const auto counts = times.read().counts;
    std::size_t range = 0;
    while (counts[range] == 0) ++range;
    return range;
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TimeHistogramTest);

}  // namespace
}  // namespace netkit::testing
