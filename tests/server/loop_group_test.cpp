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

/// Weighs something of a budget until it is aborted.
class Weighing final : public Channel {
 public:
  Weighing(EventLoop& loop, MemoryBudget& memory, std::size_t weight, std::atomic<int>& left)
      : loop_(loop), memory_(memory), left_(left) {
    ++left_;
    share_.count(memory_, weight);
  }
  void on_events(std::uint32_t /*events*/) override {}
  bool belongs_to(const ListenerContext& /*context*/) const override { return false; }
  void drain() override {}
  std::size_t weight() const override { return share_.counted(); }
  void abort(CloseReason /*reason*/) override {
    --left_;
    share_.count(memory_, 0);
    loop_.release(*this);
  }

 private:
  EventLoop& loop_;
  MemoryBudget& memory_;
  std::atomic<int>& left_;
  MemoryShare share_;
};

class LoopGroupTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LoopGroupTest);
  CPPUNIT_TEST(there_are_as_many_loops_as_the_config_says);
  CPPUNIT_TEST(a_drain_lasts_until_the_last_channel_has_ended);
  CPPUNIT_TEST(hurry_ends_the_waiting);
  CPPUNIT_TEST(what_does_not_drain_is_aborted);
  CPPUNIT_TEST(a_loop_that_does_not_turn_is_told);
  CPPUNIT_TEST(the_last_loop_tells_that_memory_is_relieved);
  CPPUNIT_TEST(light_ones_are_spared_while_any_loop_has_heavy_ones);
  CPPUNIT_TEST(light_ones_end_where_no_loop_has_heavy_ones);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    loops_ = std::make_unique<LoopGroup>(EventLoops{.count = 3}, log_);
    loops_->start();
  }
  void tearDown() override {
    eventually(loops_->abort());
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
    CPPUNIT_ASSERT(eventually(loops_->abort()));
    CPPUNIT_ASSERT(eventually([this] { return loops_->idle(); }));
  }

  void a_loop_that_does_not_turn_is_told() {
    std::promise<void> go_on;
    loops_->all()[0]->post([wait = go_on.get_future().share()] { wait.wait(); });
    const std::function<bool()> ended = loops_->abort();
    CPPUNIT_ASSERT(!ended());
    go_on.set_value();
    CPPUNIT_ASSERT(eventually(ended));
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

  void light_ones_are_spared_while_any_loop_has_heavy_ones() {
    memory_.allow(10 * MemoryBudget::kHeavy);
    add_weights(0, 1, MemoryBudget::kStep, light_);
    add_weights(1, 10, MemoryBudget::kHeavy, heavy_);
    std::promise<void> go_on;
    loops_->all()[1]->post([wait = go_on.get_future().share()] { wait.wait(); });
    loops_->relieve(memory_);
    on(*loops_->all()[0], [] {});  // its round is over
    CPPUNIT_ASSERT_EQUAL(1, light_.load());
    go_on.set_value();
    CPPUNIT_ASSERT(eventually([&] { return !memory_.tight(); }));
    CPPUNIT_ASSERT_EQUAL(1, light_.load());
    CPPUNIT_ASSERT_EQUAL(7, heavy_.load());
  }

  void light_ones_end_where_no_loop_has_heavy_ones() {
    memory_.allow(8 * MemoryBudget::kStep);
    std::atomic<int> called{0};
    memory_.when_over([&] { ++called; });
    add_weights(2, 8, MemoryBudget::kStep, light_);
    CPPUNIT_ASSERT_EQUAL(1, called.load());
    loops_->relieve(memory_);
    CPPUNIT_ASSERT(eventually([&] { return light_ == 5; }));
    CPPUNIT_ASSERT(!memory_.tight());
  }

 private:
  static constexpr std::chrono::seconds kLong{60};
  static constexpr auto kNever = [] { return false; };

  template <class Act>
  static void on(EventLoop& loop, Act act) {
    std::promise<void> done;
    loop.post([&] {
      act();
      done.set_value();
    });
    done.get_future().wait();
  }
  static void add(EventLoop& loop, bool obedient) {
    on(loop, [&] { loop.adopt(std::make_unique<Ending>(loop, obedient)); });
  }
  void add_weights(std::size_t index, int count, std::size_t weight, std::atomic<int>& left) {
    EventLoop& loop = *loops_->all()[index];
    on(loop, [&] {
      for (int i = 0; i < count; ++i) loop.adopt(std::make_unique<Weighing>(loop, memory_, weight, left));
    });
  }

  MemoryLog log_;
  MemoryBudget memory_;
  std::atomic<int> light_{0};  // that have not ended
  std::atomic<int> heavy_{0};
  std::unique_ptr<LoopGroup> loops_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(LoopGroupTest);

}  // namespace
}  // namespace netkit::testing
