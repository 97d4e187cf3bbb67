#include "host/loop/cpu_set.h"

#include <cppunit/extensions/HelperMacros.h>
#include <pthread.h>
#include <sched.h>

#include <cstddef>
#include <future>
#include <thread>
#include <vector>

namespace netkit::testing {
namespace {

/// Run on threads of their own: what they may run on is not to change for other tests.
class CpuSetTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CpuSetTest);
  CPPUNIT_TEST(each_has_one_processor_and_all_are_there);
  CPPUNIT_TEST(a_thread_is_confined);
  CPPUNIT_TEST_SUITE_END();

 public:
  void each_has_one_processor_and_all_are_there() {
    cpu_set_t may_use{};
    CPPUNIT_ASSERT_EQUAL(0, ::sched_getaffinity(0, sizeof may_use, &may_use));
    const std::vector<CpuSet> each = CpuSet::of_this_thread().each();
    CPPUNIT_ASSERT_EQUAL(static_cast<std::size_t>(CPU_COUNT(&may_use)), each.size());
    cpu_set_t all{};
    for (const CpuSet& one : each) {
      CPPUNIT_ASSERT_EQUAL(std::size_t{1}, one.each().size());
      const cpu_set_t got = on_thread([&] { return one.confine(::pthread_self()); });
      CPPUNIT_ASSERT_EQUAL(1, CPU_COUNT(&got));
      CPU_OR(&all, &all, &got);
    }
    CPPUNIT_ASSERT(CPU_EQUAL(&may_use, &all) != 0);
  }

  void a_thread_is_confined() {
    const CpuSet last = CpuSet::of_this_thread().each().back();
    std::promise<void> go_on;
    std::promise<std::size_t> size;
    std::thread other([&] {
      go_on.get_future().wait();
      size.set_value(CpuSet::of_this_thread().each().size());
    });
    const bool confined = last.confine(other.native_handle());
    go_on.set_value();
    other.join();
    CPPUNIT_ASSERT(confined);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, size.get_future().get());
  }

 private:
  /// What a new thread may run on once `confine` has returned true on it.
  template <class Confine>
  static cpu_set_t on_thread(Confine confine) {
    cpu_set_t got{};
    std::thread([&] {
      if (confine()) ::sched_getaffinity(0, sizeof got, &got);
    }).join();
    return got;
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(CpuSetTest);

}  // namespace
}  // namespace netkit::testing
