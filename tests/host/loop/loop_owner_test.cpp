#include "host/loop/loop_owner.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "host/conversation/running_loops.h"

namespace netkit::testing {
namespace {

using namespace std::chrono_literals;

/// Runs what it is given at once, on its loop.
class Owner final : public LoopOwner {
 public:
  explicit Owner(EventLoop& loop) : loop_(loop) {}
  EventLoop& event_loop() override { return loop_; }
  bool run(Task task) override {
    task();
    return true;
  }
  bool calling() const override { return false; }
  void end() { end_parts(); }

 private:
  EventLoop& loop_;
};

/// A part that says so when its owner ends.
class Witness final : public LoopOwner::Part {
 public:
  Witness(std::string& told, char name) : told_(told), name_(name) {}
  void owner_ended() override { told_ += name_; }

 private:
  std::string& told_;
  const char name_;
};

class LoopOwnerTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LoopOwnerTest);
  CPPUNIT_TEST(parts_are_told_of_the_end_once);
  CPPUNIT_TEST(a_part_that_has_left_is_not_told);
  CPPUNIT_TEST(one_that_has_ended_takes_no_part);
  CPPUNIT_TEST(a_timer_runs_once);
  CPPUNIT_TEST(timers_run_in_the_order_of_their_times);
  CPPUNIT_TEST(a_cancelled_timer_does_not_run);
  CPPUNIT_TEST(a_detached_timer_runs);
  CPPUNIT_TEST(a_timer_ends_with_its_owner);
  CPPUNIT_TEST(a_timer_that_is_over_holds_nothing);
  CPPUNIT_TEST(a_loop_that_has_stopped_runs_no_timer);
  CPPUNIT_TEST_SUITE_END();

 public:
  void parts_are_told_of_the_end_once() {
    add('a');
    add('b');
    owner_->end();
    owner_->end();
    CPPUNIT_ASSERT_EQUAL(std::string("ab"), told_);
  }

  void a_part_that_has_left_is_not_told() {
    for (const char name : {'a', 'b', 'c'}) add(name);
    owner_->remove_part(*parts_[0]);  // the last takes its place
    owner_->remove_part(*parts_[0]);
    owner_->remove_part(*parts_[2]);
    owner_->end();
    CPPUNIT_ASSERT_EQUAL(std::string("b"), told_);
  }

  void one_that_has_ended_takes_no_part() {
    owner_->end();
    CPPUNIT_ASSERT(!owner_->add_part(std::make_shared<Witness>(told_, 'a')));
    const Timer timer = start(0ms);
    loops_.settle();
    CPPUNIT_ASSERT_EQUAL(0, runs_.load());
  }

  void a_timer_runs_once() {
    const Timer timer = start(1ms);
    CPPUNIT_ASSERT(comes_true([this] { return runs_ == 1; }));
    loops_.settle();
    CPPUNIT_ASSERT_EQUAL(1, runs_.load());
  }

  void timers_run_in_the_order_of_their_times() {
    std::vector<int> order;
    std::vector<Timer> timers;
    loops_.on(0, [&] {
      for (const int delay : {3, 1, 2}) {
        timers.push_back(start_timer(owner_, std::chrono::milliseconds(delay), [this, &order, delay] {
          order.push_back(delay);
          ++runs_;
        }));
      }
    });
    CPPUNIT_ASSERT(comes_true([this] { return runs_ == 3; }));
    CPPUNIT_ASSERT((order == std::vector<int>{1, 2, 3}));
  }

  void a_cancelled_timer_does_not_run() {
    Timer cancelled = start(1h);
    cancelled.cancel();
    { const Timer destroyed = start(1h); }
    loops_.settle();
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, waiting());
    CPPUNIT_ASSERT_EQUAL(0, runs_.load());
  }

  void a_detached_timer_runs() {
    start(1ms).detach();
    CPPUNIT_ASSERT(comes_true([this] { return runs_ == 1; }));
  }

  void a_timer_ends_with_its_owner() {
    start(1h).detach();
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, waiting());
    loops_.on(0, [this] { owner_->end(); });
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, waiting());
  }

  void a_timer_that_is_over_holds_nothing() {
    const auto held = std::make_shared<int>();
    const Timer timer = start_timer(owner_, 0ms, [this, held] { ++runs_; });
    CPPUNIT_ASSERT(comes_true([this] { return runs_ == 1; }));
    loops_.settle();
    CPPUNIT_ASSERT_EQUAL(1L, held.use_count());
    CPPUNIT_ASSERT_EQUAL(1L, owner_.use_count());
  }

  void a_loop_that_has_stopped_runs_no_timer() {
    loops_.stop();
    Timer timer = start(0ms);
    loops_.destroy();
    timer.cancel();  // touches the loop no more
    CPPUNIT_ASSERT_EQUAL(0, runs_.load());
    CPPUNIT_ASSERT_EQUAL(1L, owner_.use_count());
  }

 private:
  void add(char name) {
    parts_.push_back(std::make_shared<Witness>(told_, name));
    CPPUNIT_ASSERT(owner_->add_part(parts_.back()));
  }
  /// How many timers the loop has.
  std::size_t waiting() {
    std::size_t count = 0;
    loops_.on(0, [&] { count = loops_[0].timers().size(); });
    return count;
  }
  Timer start(std::chrono::nanoseconds delay) {
    return start_timer(owner_, delay, [this] { ++runs_; });
  }

  std::atomic<int> runs_{0};
  std::string told_;
  std::vector<std::shared_ptr<Witness>> parts_;
  RunningLoops loops_{1};
  std::shared_ptr<Owner> owner_ = std::make_shared<Owner>(loops_[0]);
};

CPPUNIT_TEST_SUITE_REGISTRATION(LoopOwnerTest);

}  // namespace
}  // namespace netkit::testing
