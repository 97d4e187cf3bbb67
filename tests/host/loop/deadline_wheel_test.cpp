#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <random>
#include <vector>

#include "host/loop/deadline_wheel.h"

namespace netkit::testing {
namespace {

using namespace std::chrono_literals;

class DeadlineWheelTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DeadlineWheelTest);
  CPPUNIT_TEST(comes_up_once_and_not_before_its_time);
  CPPUNIT_TEST(a_cancelled_node_never_comes_up);
  CPPUNIT_TEST(next_tells_when_there_is_something_to_do);
  CPPUNIT_TEST(a_far_deadline_is_looked_at_within_one_turn);
  CPPUNIT_TEST(a_node_may_be_set_again_while_it_comes_up);
  CPPUNIT_TEST(a_long_pause_misses_nothing);
  CPPUNIT_TEST(random_deadlines_all_come_up_in_time);
  CPPUNIT_TEST_SUITE_END();

 public:
  void comes_up_once_and_not_before_its_time() {
    DeadlineWheel::Node node;
    wheel_.set(node, start_ + 1s);
    CPPUNIT_ASSERT_EQUAL(0, expired(start_ + 999ms));
    CPPUNIT_ASSERT_EQUAL(1, expired(start_ + 1s + 2 * DeadlineWheel::kTick));
    CPPUNIT_ASSERT_EQUAL(0, expired(start_ + 60s));
    CPPUNIT_ASSERT(!node.linked());
  }

  void a_cancelled_node_never_comes_up() {
    DeadlineWheel::Node node;
    wheel_.set(node, start_ + 1s);
    node.unlink();
    {
      DeadlineWheel::Node gone;
      wheel_.set(gone, start_ + 1s);
    }
    CPPUNIT_ASSERT_EQUAL(0, expired(start_ + 10s));
  }

  void next_tells_when_there_is_something_to_do() {
    CPPUNIT_ASSERT(wheel_.next() == TimePoint::max());
    DeadlineWheel::Node late;
    DeadlineWheel::Node early;
    wheel_.set(late, start_ + 5s);
    wheel_.set(early, start_ + 1s);
    CPPUNIT_ASSERT(wheel_.next() >= start_ + 1s && wheel_.next() <= start_ + 1s + 2 * DeadlineWheel::kTick);
    CPPUNIT_ASSERT_EQUAL(1, expired(wheel_.next()));
    CPPUNIT_ASSERT(wheel_.next() >= start_ + 5s && wheel_.next() <= start_ + 5s + 2 * DeadlineWheel::kTick);
    CPPUNIT_ASSERT_EQUAL(1, expired(wheel_.next()));
    CPPUNIT_ASSERT(wheel_.next() == TimePoint::max());
  }

  void a_far_deadline_is_looked_at_within_one_turn() {
    DeadlineWheel::Node node;
    wheel_.set(node, start_ + 24h);
    CPPUNIT_ASSERT(wheel_.next() < start_ + 60s);
  }

  void a_node_may_be_set_again_while_it_comes_up() {
    DeadlineWheel::Node node;
    wheel_.set(node, start_ + 1s);
    int times = 0;
    for (TimePoint now = start_; now < start_ + 10s; now += 100ms) {
      wheel_.expire(now, [&](DeadlineWheel::Node& due) {
        ++times;
        wheel_.set(due, now + 1s);
      });
    }
    CPPUNIT_ASSERT(times >= 7 && times <= 9);
  }

  void a_long_pause_misses_nothing() {
    std::vector<std::unique_ptr<DeadlineWheel::Node>> nodes;
    for (int i = 0; i < 100; ++i) {
      nodes.push_back(std::make_unique<DeadlineWheel::Node>());
      wheel_.set(*nodes.back(), start_ + i * 200ms);
    }
    CPPUNIT_ASSERT_EQUAL(100, expired(start_ + 1h));
  }

  void random_deadlines_all_come_up_in_time() {
    std::mt19937 random(7);
    std::vector<std::unique_ptr<DeadlineWheel::Node>> nodes;
    std::vector<TimePoint> due;
    for (int i = 0; i < 2000; ++i) {
      nodes.push_back(std::make_unique<DeadlineWheel::Node>());
      due.push_back(start_ + std::chrono::milliseconds(random() % 20'000));
      wheel_.set(*nodes.back(), due.back());
    }
    for (TimePoint now = start_; now < start_ + 22s; now += 13ms) {
      wheel_.expire(now, [&](DeadlineWheel::Node& node) {
        for (std::size_t i = 0; i < nodes.size(); ++i) {
          if (nodes[i].get() == &node) CPPUNIT_ASSERT(now >= due[i] && now <= due[i] + 2 * DeadlineWheel::kTick + 13ms);
        }
      });
    }
    for (const auto& node : nodes) CPPUNIT_ASSERT(!node->linked());
  }

 private:
  int expired(TimePoint now) {
    int count = 0;
    wheel_.expire(now, [&](DeadlineWheel::Node&) { ++count; });
    return count;
  }

  TimePoint start_ = Clock::now();
  DeadlineWheel wheel_{start_};
};
CPPUNIT_TEST_SUITE_REGISTRATION(DeadlineWheelTest);

}  // namespace
}  // namespace netkit::testing
