#include "host/stream/speeds.h"

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <memory>
#include <string>

namespace netkit::testing {
namespace {

using std::chrono::seconds;

Limits at_least(std::int64_t received, std::int64_t sent) {
  Limits limits;
  limits.least_received.count = received;
  limits.least_sent.count = sent;
  return limits;
}

class SpeedsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SpeedsTest);
  CPPUNIT_TEST(where_any_will_do_there_are_none);
  CPPUNIT_TEST(a_peer_that_sends_too_slowly_misses_that_limit);
  CPPUNIT_TEST(so_does_one_that_does_not_read);
  CPPUNIT_TEST(what_is_not_due_is_not_slow);
  CPPUNIT_TEST(the_next_look_is_the_sooner_one);
  CPPUNIT_TEST_SUITE_END();

 public:
  void where_any_will_do_there_are_none() {
    CPPUNIT_ASSERT(Speeds::make(nullptr, Limits()) == nullptr);
    const auto speeds = Speeds::make(nullptr, at_least(1, 0));
    CPPUNIT_ASSERT(speeds->has_least());
    CPPUNIT_ASSERT(speeds->most() == nullptr);
  }

  void a_peer_that_sends_too_slowly_misses_that_limit() {
    const auto speeds = Speeds::make(nullptr, at_least(100, 0));
    CPPUNIT_ASSERT(speeds->missed({.receiving = true, .received_bytes = 10}, start_) == nullptr);
    CPPUNIT_ASSERT(speeds->missed({.receiving = true, .received_bytes = 510}, start_ + Pace::kWindow) == nullptr);
    const char* missed = speeds->missed({.receiving = true, .received_bytes = 1009}, start_ + 2 * Pace::kWindow);
    CPPUNIT_ASSERT_EQUAL(std::string("limits.least_received"), std::string(missed));
  }

  void so_does_one_that_does_not_read() {
    const auto speeds = Speeds::make(nullptr, at_least(0, 100));
    CPPUNIT_ASSERT(speeds->missed({.sending = true, .sent_bytes = 10}, start_) == nullptr);
    const char* missed = speeds->missed({.sending = true, .sent_bytes = 509}, start_ + Pace::kWindow);
    CPPUNIT_ASSERT_EQUAL(std::string("limits.least_sent"), std::string(missed));
  }

  void what_is_not_due_is_not_slow() {
    const auto speeds = Speeds::make(nullptr, at_least(100, 100));
    CPPUNIT_ASSERT(speeds->missed({}, start_) == nullptr);
    CPPUNIT_ASSERT(speeds->missed({}, start_ + seconds(60)) == nullptr);
    CPPUNIT_ASSERT(speeds->next_look() == Pace::kNever);
  }

  void the_next_look_is_the_sooner_one() {
    const auto speeds = Speeds::make(nullptr, at_least(100, 100));
    speeds->missed({.sending = true}, start_);
    speeds->missed({.receiving = true, .sending = true}, start_ + seconds(1));
    CPPUNIT_ASSERT(speeds->next_look() == start_ + Pace::kWindow);
  }

 private:
  const TimePoint start_{seconds(1000)};
};
CPPUNIT_TEST_SUITE_REGISTRATION(SpeedsTest);

}  // namespace
}  // namespace netkit::testing
