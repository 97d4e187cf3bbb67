#include "host/loop/timer_queue.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <random>
#include <vector>

namespace netkit::testing {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint kStart{};

class Alarm final : public TimerQueue::Entry {
 public:
  explicit Alarm(std::function<void()> act) : act_(std::move(act)) {}
  void expire() override { act_(); }

 private:
  const std::function<void()> act_;
};

class TimerQueueTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TimerQueueTest);
  CPPUNIT_TEST(the_earliest_comes_first);
  CPPUNIT_TEST(none_comes_early);
  CPPUNIT_TEST(it_says_when_the_next_is_due);
  CPPUNIT_TEST(one_that_is_removed_does_not_come);
  CPPUNIT_TEST(one_that_is_destroyed_does_not_come);
  CPPUNIT_TEST(one_that_comes_back_at_once_waits_for_the_next_call);
  CPPUNIT_TEST(an_expiry_may_remove_others);
  CPPUNIT_TEST(a_queue_may_end_before_its_entries);
  CPPUNIT_TEST(any_order_of_adding_and_removing_keeps_the_order);
  CPPUNIT_TEST_SUITE_END();

 public:
  void the_earliest_comes_first() {
    add(3ms);
    add(1ms);
    add(2ms);
    queue_.expire(kStart + 10ms);
    CPPUNIT_ASSERT((came_ == std::vector<std::size_t>{1, 2, 0}));
    CPPUNIT_ASSERT(!alarms_[0]->waits());
  }

  void none_comes_early() {
    add(1ms);
    add(2ms);
    queue_.expire(kStart + 1ms);
    CPPUNIT_ASSERT((came_ == std::vector<std::size_t>{0}));
    queue_.expire(kStart + 2ms - 1ns);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, came_.size());
  }

  void it_says_when_the_next_is_due() {
    CPPUNIT_ASSERT(queue_.next() == TimePoint::max());
    add(5ms);
    add(2ms);
    CPPUNIT_ASSERT(queue_.next() == kStart + 2ms);
    queue_.remove(*alarms_[1]);
    CPPUNIT_ASSERT(queue_.next() == kStart + 5ms);
  }

  void one_that_is_removed_does_not_come() {
    for (int i = 0; i < 5; ++i) add(std::chrono::milliseconds(i));
    queue_.remove(*alarms_[2]);
    CPPUNIT_ASSERT(!alarms_[2]->waits());
    queue_.expire(kStart + 10ms);
    CPPUNIT_ASSERT((came_ == std::vector<std::size_t>{0, 1, 3, 4}));
  }

  void one_that_is_destroyed_does_not_come() {
    add(1ms);
    add(2ms);
    alarms_[0].reset();
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, queue_.size());
    queue_.expire(kStart + 10ms);
    CPPUNIT_ASSERT((came_ == std::vector<std::size_t>{1}));
  }

  void one_that_comes_back_at_once_waits_for_the_next_call() {
    int times = 0;
    Alarm again([&] {
      ++times;
      queue_.add(again_at_, kStart);
    });
    queue_.add(again, kStart);
    queue_.expire(kStart);
    CPPUNIT_ASSERT_EQUAL(1, times);
    CPPUNIT_ASSERT(again_at_.waits());
    CPPUNIT_ASSERT_EQUAL(0, came_back_);
    queue_.expire(kStart);
    CPPUNIT_ASSERT_EQUAL(1, came_back_);
  }

  void an_expiry_may_remove_others() {
    Alarm remover([this] { queue_.remove(*alarms_[0]); });
    queue_.add(remover, kStart);
    add(1ms);
    add(2ms);
    queue_.expire(kStart + 10ms);
    CPPUNIT_ASSERT((came_ == std::vector<std::size_t>{1}));
  }

  void a_queue_may_end_before_its_entries() {
    auto queue = std::make_unique<TimerQueue>();
    Alarm alarm([] {});
    queue->add(alarm, kStart);
    queue.reset();
    CPPUNIT_ASSERT(!alarm.waits());
  }

  void any_order_of_adding_and_removing_keeps_the_order() {
    std::mt19937 random(4711);
    std::vector<TimePoint> expected;
    for (std::size_t i = 0; i < 2000; ++i) add(std::chrono::milliseconds(random() % 500));
    for (std::size_t i = 0; i < alarms_.size(); ++i) {
      if (random() % 3 == 0) {
        queue_.remove(*alarms_[i]);
      } else {
        expected.push_back(due_[i]);
      }
    }
    std::sort(expected.begin(), expected.end());
    std::vector<TimePoint> found;
    while (queue_.size() > 0) {
      const std::size_t before = came_.size();
      queue_.expire(queue_.next());
      CPPUNIT_ASSERT(came_.size() > before);
    }
    for (const std::size_t i : came_) found.push_back(due_[i]);
    CPPUNIT_ASSERT(found == expected);
  }

 private:
  void add(std::chrono::milliseconds after) {
    const std::size_t number = alarms_.size();
    alarms_.push_back(std::make_unique<Alarm>([this, number] { came_.push_back(number); }));
    due_.push_back(kStart + after);
    queue_.add(*alarms_.back(), due_.back());
  }

  TimerQueue queue_;
  std::vector<std::unique_ptr<Alarm>> alarms_;
  std::vector<TimePoint> due_;
  std::vector<std::size_t> came_;
  int came_back_ = 0;
  Alarm again_at_{[this] { ++came_back_; }};
};

CPPUNIT_TEST_SUITE_REGISTRATION(TimerQueueTest);

}  // namespace
}  // namespace netkit::testing
