#include "admission/concurrency_limiter.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <vector>

#include "support/test_client.h"
#include "support/test_host.h"

namespace netkit::testing {
namespace {

/// Bounds on the calls of one handler.
class ConcurrencyLimiterTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ConcurrencyLimiterTest);
  CPPUNIT_TEST(so_many_run_and_the_others_wait);
  CPPUNIT_TEST(those_that_wait_come_in_order);
  CPPUNIT_TEST(those_that_wait_occupy_no_worker);
  CPPUNIT_TEST(what_is_over_the_bounds_is_refused_counted_and_logged);
  CPPUNIT_TEST(a_permit_given_back_can_be_taken_again);
  CPPUNIT_TEST(what_waits_still_runs_when_the_workers_stop);
  CPPUNIT_TEST(what_waits_can_be_withdrawn);
  CPPUNIT_TEST_SUITE_END();

 public:
  void so_many_run_and_the_others_wait() {
    WorkerPool workers(8);
    const auto limiter = make_limiter(workers, {2, 100});
    std::atomic<int> running{0};
    std::atomic<int> most{0};
    std::atomic<int> done{0};
    for (int i = 0; i < 50; ++i) {
      take_permit(*limiter);
      limiter->run([&] {
        const int now = ++running;
        if (now > most) most = now;
        eventually([&] { return go_.load(); });
        --running;
        ++done;
      });
    }
    CPPUNIT_ASSERT(eventually([&] { return running == 2; }));
    go_ = true;
    CPPUNIT_ASSERT(workers.stop(20'000));
    CPPUNIT_ASSERT_EQUAL(2, most.load());
    CPPUNIT_ASSERT_EQUAL(50, done.load());
  }

  void those_that_wait_come_in_order() {
    WorkerPool workers(8);
    const auto limiter = make_limiter(workers, {1, 100});
    std::vector<int> order;  // one call at a time: no lock
    for (int i = 0; i < 50; ++i) {
      take_permit(*limiter);
      limiter->run([&, i] { order.push_back(i); });
    }
    CPPUNIT_ASSERT(workers.stop(20'000));
    CPPUNIT_ASSERT_EQUAL(std::size_t{50}, order.size());
    for (int i = 0; i < 50; ++i) CPPUNIT_ASSERT_EQUAL(i, order[static_cast<std::size_t>(i)]);
  }

  void those_that_wait_occupy_no_worker() {
    WorkerPool workers(2);
    const auto limiter = make_limiter(workers, {1, 100});
    for (int i = 0; i < 10; ++i) {
      take_permit(*limiter);
      limiter->run([&] { eventually([&] { return go_.load(); }); });
    }
    std::atomic<bool> other_done{false};
    workers.submit([&] { other_done = true; });
    CPPUNIT_ASSERT(eventually([&] { return other_done.load(); }));
    go_ = true;
    CPPUNIT_ASSERT(workers.stop(20'000));
  }

  void what_is_over_the_bounds_is_refused_counted_and_logged() {
    WorkerPool workers(2);
    const auto limiter = make_limiter(workers, {2, 1});
    for (int i = 0; i < 3; ++i) take_permit(*limiter);
    for (int i = 0; i < 3; ++i) CPPUNIT_ASSERT(!limiter->admit());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, limiter->refused());
    CPPUNIT_ASSERT(log_.contains("test: refused a message: 2 calls run and 1 wait"));
  }

  void a_permit_given_back_can_be_taken_again() {
    WorkerPool workers(2);
    const auto limiter = make_limiter(workers, {1, 0});
    for (int i = 0; i < 100; ++i) {
      const CallPermit permit = limiter->admit();
      CPPUNIT_ASSERT(permit);
      CPPUNIT_ASSERT(!limiter->admit());
    }
  }

  void what_waits_still_runs_when_the_workers_stop() {
    WorkerPool workers(2);
    const auto limiter = make_limiter(workers, {1, 100});
    std::atomic<int> done{0};
    for (int i = 0; i < 50; ++i) {
      take_permit(*limiter);
      limiter->run([&] { ++done; });
    }
    CPPUNIT_ASSERT(workers.stop(20'000));
    CPPUNIT_ASSERT_EQUAL(50, done.load());
  }

  void what_waits_can_be_withdrawn() {
    WorkerPool workers(2);
    const auto limiter = make_limiter(workers, {1, 2});
    const std::vector<int> callers(3);
    std::vector<const int*> ran;  // one call at a time: no lock
    std::atomic<bool> runs{false};
    for (const int& caller : callers) {
      take_permit(*limiter);
      limiter->run(
          [&] {
            runs = true;
            eventually([&] { return go_.load(); });
            ran.push_back(&caller);
          },
          &caller);
    }
    CPPUNIT_ASSERT(eventually([&] { return runs.load(); }));
    CPPUNIT_ASSERT(!limiter->withdraw(&callers[0]));
    CPPUNIT_ASSERT(limiter->withdraw(&callers[1]));
    CPPUNIT_ASSERT(!limiter->withdraw(&callers[1]));
    go_ = true;
    CPPUNIT_ASSERT(workers.stop(20'000));
    CPPUNIT_ASSERT((ran == std::vector<const int*>{&callers[0], &callers[2]}));
  }

 private:
  std::shared_ptr<ConcurrencyLimiter> make_limiter(WorkerPool& workers, CallBounds bounds) {
    return std::make_shared<ConcurrencyLimiter>(bounds, "test", workers, log_);
  }

  void take_permit(ConcurrencyLimiter& limiter) {
    permits_.push_back(limiter.admit());
    CPPUNIT_ASSERT(permits_.back());
  }

  MemoryLog log_;
  std::vector<CallPermit> permits_;  // of the calls that the test has had run
  std::atomic<bool> go_{false};
};
CPPUNIT_TEST_SUITE_REGISTRATION(ConcurrencyLimiterTest);

}  // namespace
}  // namespace netkit::testing
