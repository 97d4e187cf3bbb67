#include "host/loop/task_receipts.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <chrono>
#include <semaphore>

#include "support/test_host.h"

namespace netkit::testing {
namespace {

class TaskReceiptsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TaskReceiptsTest);
  CPPUNIT_TEST(all_tasks_have_run_after_wait);
  CPPUNIT_TEST(a_loop_that_does_not_turn_is_not_waited_for);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override { loop_.start(); }
  void tearDown() override { loop_.stop(); }

  void all_tasks_have_run_after_wait() {
    std::atomic<int> runs = 0;
    TaskReceipts receipts;
    for (int i = 0; i < 3; ++i) receipts.post(loop_, [&runs] { ++runs; });
    CPPUNIT_ASSERT(receipts.wait());
    CPPUNIT_ASSERT_EQUAL(3, runs.load());
    CPPUNIT_ASSERT(receipts.wait());  // for nothing more
  }

  void a_loop_that_does_not_turn_is_not_waited_for() {
    std::binary_semaphore stuck(0);
    TaskReceipts receipts;
    receipts.post(loop_, [&stuck] { stuck.acquire(); });
    CPPUNIT_ASSERT(!receipts.wait());
    stuck.release();
    TaskReceipts after;
    after.post(loop_, [] {});
    CPPUNIT_ASSERT(after.wait());
  }

 private:
  MemoryLog log_;
  EventLoop loop_{std::chrono::nanoseconds(0), log_};
};

CPPUNIT_TEST_SUITE_REGISTRATION(TaskReceiptsTest);

}  // namespace
}  // namespace netkit::testing
