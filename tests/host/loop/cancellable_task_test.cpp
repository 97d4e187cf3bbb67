#include "host/loop/cancellable_task.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <chrono>
#include <memory>

#include "support/test_client.h"
#include "support/test_host.h"

namespace netkit::testing {
namespace {

class CancellableTaskTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CancellableTaskTest);
  CPPUNIT_TEST(each_call_runs_it_once);
  CPPUNIT_TEST(a_cancelled_task_is_not_run);
  CPPUNIT_TEST(a_task_cancelled_before_its_turn_is_not_run);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override { loop_.start(); }
  void tearDown() override { loop_.stop(); }

  void each_call_runs_it_once() {
    task_->call();
    task_->call();
    finish();
    CPPUNIT_ASSERT_EQUAL(2, runs_.load());
  }

  void a_cancelled_task_is_not_run() {
    task_->cancel();
    task_->call();
    finish();
    CPPUNIT_ASSERT_EQUAL(0, runs_.load());
  }

  void a_task_cancelled_before_its_turn_is_not_run() {
    loop_.post([this] {
      task_->call();  // its turn is behind this task
      task_->cancel();
    });
    finish();
    CPPUNIT_ASSERT_EQUAL(0, runs_.load());
  }

 private:
  /// Waits until the loop has done what it was asked for so far, and what that asked for.
  void finish() {
    for (int turn = 1; turn <= 2; ++turn) {
      loop_.post([this] { ++turns_; });
      CPPUNIT_ASSERT(eventually([&] { return turns_ >= turn; }));
    }
  }

  MemoryLog log_;
  EventLoop loop_{std::chrono::nanoseconds(0), log_};
  std::atomic<int> runs_{0};
  std::atomic<int> turns_{0};
  const std::shared_ptr<CancellableTask> task_ = std::make_shared<CancellableTask>(loop_, [this] { ++runs_; });
};
CPPUNIT_TEST_SUITE_REGISTRATION(CancellableTaskTest);

}  // namespace
}  // namespace netkit::testing
