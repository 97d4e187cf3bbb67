#include "server/loop_group.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>

#include "admission/memory_budget.h"
#include "support/test_client.h"
#include "support/test_host.h"

namespace netkit::testing {
namespace {

/// Ends when it is drained, or only when it is aborted.
class Ending final : public Channel {
 public:
  Ending(EventLoop& loop, bool obedient) : loop_(loop), obedient_(obedient) {}
  void on_events(std::uint32_t /*events*/) override {}
  bool belongs_to(const ListenerContext& /*context*/) const override { return false; }
  void drain() override {
    if (obedient_) loop_.release(*this);
  }
  void abort(CloseReason /*reason*/) override { loop_.release(*this); }

 private:
  EventLoop& loop_;
  const bool obedient_;
};

class LoopGroupTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LoopGroupTest);
  CPPUNIT_TEST(there_are_as_many_loops_as_the_config_says);
  CPPUNIT_TEST(a_drain_lasts_until_the_last_channel_has_ended);
  CPPUNIT_TEST(hurry_ends_the_waiting);
  CPPUNIT_TEST(what_does_not_drain_is_aborted);
  CPPUNIT_TEST(a_loop_that_does_not_turn_is_told);
  CPPUNIT_TEST(the_last_loop_tells_that_memory_is_relieved);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    loops_ = std::make_unique<LoopGroup>(EventLoops{.count = 3}, log_);
    loops_->start();
  }
  void tearDown() override {
    loops_->abort(kLong);
    loops_->stop();
    loops_.reset();
  }

  void there_are_as_many_loops_as_the_config_says() {
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, loops_->all().size());
    CPPUNIT_ASSERT(loops_->idle());
    CPPUNIT_ASSERT(!loops_->drained());
  }

  void a_drain_lasts_until_the_last_channel_has_ended() {
    for (EventLoop* loop : loops_->all()) add(*loop, true);
    CPPUNIT_ASSERT(!loops_->idle());
    loops_->drain();
    CPPUNIT_ASSERT(!loops_->wait_for([this] { return loops_->drained(); }, Clock::now() + kLong, kNever));
    CPPUNIT_ASSERT(loops_->drained());
  }

  void hurry_ends_the_waiting() {
    add(*loops_->all()[1], false);
    loops_->drain();
    int looks = 0;
    const auto third = [&] { return ++looks == 3; };
    CPPUNIT_ASSERT(loops_->wait_for([this] { return loops_->drained(); }, TimePoint::max(), third));
    CPPUNIT_ASSERT_EQUAL(3, looks);
  }

  void what_does_not_drain_is_aborted() {
    add(*loops_->all()[2], false);
    loops_->drain();
    CPPUNIT_ASSERT(loops_->abort(kLong));
    CPPUNIT_ASSERT(eventually([this] { return loops_->idle(); }));
  }

  void a_loop_that_does_not_turn_is_told() {
    std::promise<void> go_on;
    loops_->all()[0]->post([wait = go_on.get_future().share()] { wait.wait(); });
    CPPUNIT_ASSERT(!loops_->abort(std::chrono::milliseconds(1)));
    go_on.set_value();
  }

  void the_last_loop_tells_that_memory_is_relieved() {
    MemoryBudget memory;
    memory.allow(8);
    std::atomic<int> called{0};
    memory.when_over([&] { ++called; });
    memory.add(8);
    memory.add(8);
    CPPUNIT_ASSERT_EQUAL(1, called.load());  // not again before it is relieved
    loops_->relieve(memory);
    CPPUNIT_ASSERT(eventually([&] {
      memory.add(1);
      return called.load() == 2;
    }));
  }

 private:
  static constexpr std::chrono::seconds kLong{60};
  static constexpr auto kNever = [] { return false; };

  static void add(EventLoop& loop, bool obedient) {
    std::promise<void> done;
    loop.post([&] {
      loop.adopt(std::make_unique<Ending>(loop, obedient));
      done.set_value();
    });
    done.get_future().wait();
  }

  MemoryLog log_;
  std::unique_ptr<LoopGroup> loops_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(LoopGroupTest);

}  // namespace
}  // namespace netkit::testing
