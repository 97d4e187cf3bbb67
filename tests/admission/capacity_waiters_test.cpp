#include "admission/capacity_waiters.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>

#include "admission/counting_waiter.h"

namespace netkit::testing {
namespace {

/// Waits again as soon as it is told, as one does that came too late.
class PersistentWaiter final : public CapacityWaiter, public std::enable_shared_from_this<PersistentWaiter> {
 public:
  explicit PersistentWaiter(CapacityWaiters& waiters) : waiters_(waiters) {}
  void capacity_came() noexcept override {
    ++calls;
    waiters_.add(shared_from_this());
  }
  int calls = 0;

 private:
  CapacityWaiters& waiters_;
};

class CapacityWaitersTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CapacityWaitersTest);
  CPPUNIT_TEST(each_waiter_is_told_once);
  CPPUNIT_TEST(nobody_is_told_of_what_was_before);
  CPPUNIT_TEST(a_waiter_may_wait_again_at_once);
  CPPUNIT_TEST_SUITE_END();

 public:
  void each_waiter_is_told_once() {
    const auto one = std::make_shared<CountingWaiter>(), other = std::make_shared<CountingWaiter>();
    waiters_.add(one);
    waiters_.add(other);
    waiters_.add(one);
    waiters_.notify_all();
    waiters_.notify_all();
    CPPUNIT_ASSERT_EQUAL(1, one->calls);
    CPPUNIT_ASSERT_EQUAL(1, other->calls);
  }

  void nobody_is_told_of_what_was_before() {
    const auto late = std::make_shared<CountingWaiter>();
    waiters_.notify_all();
    waiters_.add(late);
    CPPUNIT_ASSERT_EQUAL(0, late->calls);
  }

  void a_waiter_may_wait_again_at_once() {
    const auto waiter = std::make_shared<PersistentWaiter>(waiters_);
    waiters_.add(waiter);
    waiters_.notify_all();
    CPPUNIT_ASSERT_EQUAL(1, waiter->calls);
    waiters_.notify_all();
    CPPUNIT_ASSERT_EQUAL(2, waiter->calls);
  }

 private:
  CapacityWaiters waiters_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(CapacityWaitersTest);

}  // namespace
}  // namespace netkit::testing
