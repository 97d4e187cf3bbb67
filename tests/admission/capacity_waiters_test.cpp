#include "admission/capacity_waiters.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <chrono>
#include <memory>

#include "support/test_client.h"
#include "support/test_host.h"

namespace netkit::testing {
namespace {

class CapacityWaitersTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CapacityWaitersTest);
  CPPUNIT_TEST(a_ring_calls_each_that_waits_once);
  CPPUNIT_TEST(who_has_cancelled_is_not_called);
  CPPUNIT_TEST(who_cancels_before_its_turn_is_not_called);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override { loop_.start(); }
  void tearDown() override { loop_.stop(); }

  void a_ring_calls_each_that_waits_once() {
    const auto one = counting(), other = counting();
    bell_.ring();
    bell_.wait(one);
    bell_.wait(other);
    bell_.wait(one);
    bell_.ring();
    bell_.ring();
    finish();
    CPPUNIT_ASSERT_EQUAL(2, calls_.load());
  }

  void who_has_cancelled_is_not_called() {
    const auto gone = counting();
    bell_.wait(gone);
    gone->cancel();
    bell_.ring();
    finish();
    CPPUNIT_ASSERT_EQUAL(0, calls_.load());
  }

  void who_cancels_before_its_turn_is_not_called() {
    const auto going = counting();
    bell_.wait(going);
    loop_.post([this, going] {
      bell_.ring();  // its turn is behind this task
      going->cancel();
    });
    finish();
    CPPUNIT_ASSERT_EQUAL(0, calls_.load());
  }

 private:
  std::shared_ptr<CancellableTask> counting() {
    return std::make_shared<CancellableTask>(loop_, [this] { ++calls_; });
  }

  /// Waits until the loop has done what it was asked for so far, and what that asked for.
  void finish() {
    for (int turn = 1; turn <= 2; ++turn) {
      loop_.post([this] { ++turns_; });
      CPPUNIT_ASSERT(eventually([&] { return turns_ >= turn; }));
    }
  }

  MemoryLog log_;
  EventLoop loop_{std::chrono::nanoseconds(0), log_};
  CapacityWaiters bell_;
  std::atomic<int> calls_{0};
  std::atomic<int> turns_{0};
};
CPPUNIT_TEST_SUITE_REGISTRATION(CapacityWaitersTest);

}  // namespace
}  // namespace netkit::testing
