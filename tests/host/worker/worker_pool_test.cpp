#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <mutex>
#include <vector>

#include "host/worker/worker_pool.h"
#include "support/test_client.h"

namespace netkit::testing {
namespace {

class WorkerPoolTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(WorkerPoolTest);
  CPPUNIT_TEST(runs_what_is_submitted);
  CPPUNIT_TEST(runs_at_most_so_many_at_once);
  CPPUNIT_TEST(waiting_calls_run_in_order);
  CPPUNIT_TEST(stop_runs_what_waits_and_tells_what_does_not_end);
  CPPUNIT_TEST_SUITE_END();

 public:
  void runs_what_is_submitted() {
    std::atomic<int> done{0};
    WorkerPool pool(4);
    for (int i = 0; i < 1000; ++i) pool.submit([&] { ++done; });
    CPPUNIT_ASSERT(eventually([&] { return done == 1000; }));
  }

  void runs_at_most_so_many_at_once() {
    std::atomic<int> running{0};
    std::atomic<int> most{0};
    std::atomic<int> started{0};
    std::atomic<bool> go{false};
    WorkerPool pool(3);
    for (int i = 0; i < 12; ++i) {
      pool.submit([&] {
        const int now = ++running;
        ++started;
        if (now > most) most = now;
        eventually([&] { return go.load(); });
        --running;
      });
    }
    CPPUNIT_ASSERT(eventually([&] { return started == 3; }));
    go = true;
    CPPUNIT_ASSERT(eventually([&] { return started == 12 && running == 0; }));
    CPPUNIT_ASSERT_EQUAL(3, most.load());
  }

  void waiting_calls_run_in_order() {
    std::mutex mutex;
    std::vector<int> order;
    WorkerPool pool(1);
    for (int i = 0; i < 100; ++i) {
      pool.submit([&, i] {
        const std::lock_guard lock(mutex);
        order.push_back(i);
      });
    }
    CPPUNIT_ASSERT(pool.stop(20'000));
    CPPUNIT_ASSERT_EQUAL(std::size_t{100}, order.size());
    for (int i = 0; i < 100; ++i) CPPUNIT_ASSERT_EQUAL(i, order[static_cast<std::size_t>(i)]);
  }

  void stop_runs_what_waits_and_tells_what_does_not_end() {
    std::atomic<bool> go{false};
    WorkerPool pool(1);
    pool.submit([&] { eventually([&] { return go.load(); }); });
    CPPUNIT_ASSERT(!pool.stop(10));
    go = true;
    CPPUNIT_ASSERT(pool.stop(20'000));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(WorkerPoolTest);

}  // namespace
}  // namespace netkit::testing
