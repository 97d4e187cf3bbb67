#include "host/loop/event_loop.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "netkit/unique_fd.h"
#include "support/test_host.h"

namespace netkit::testing {
namespace {

using namespace std::chrono_literals;

/// A channel with something to read for ever, until it has been served.
class Bell final : public Channel {
 public:
  using Act = std::function<void(Bell&)>;

  Bell(EventLoop& loop, bool heavy, Act act) : loop_(loop), act_(std::move(act)) { set_heavy(heavy); }

  static Bell& add(EventLoop& loop, bool heavy, Act act) {
    auto owned = std::make_unique<Bell>(loop, heavy, std::move(act));
    Bell& bell = *owned;
    loop.adopt(std::move(owned));
    CPPUNIT_ASSERT(loop.watch(bell.fd_.get(), bell, EPOLLIN));
    return bell;
  }

  void be_slow() { set_slow(true); }
  void ring() const { ::eventfd_write(fd_.get(), 1); }
  void leave() {
    loop_.unwatch(*this);
    loop_.release(*this);
  }

  void on_events(std::uint32_t /*events*/) override {
    eventfd_t ignored = 0;
    ::eventfd_read(fd_.get(), &ignored);
    act_(*this);
  }
  void on_deadline() override { act_(*this); }
  bool belongs_to(const ListenerContext& /*context*/) const override { return false; }
  void drain() override {}
  void abort(CloseReason /*reason*/) override { leave(); }

 private:
  EventLoop& loop_;
  Act act_;
  UniqueFd fd_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
};

void take(std::chrono::steady_clock::duration time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
  }
}

/// Longer than the least share of a turn that all heavy channels have together.
void take_long() { take(1ms); }

class EventLoopTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(EventLoopTest);
  CPPUNIT_TEST(a_short_message_waits_for_one_heavy_channel_only);
  CPPUNIT_TEST(heavy_channels_take_turns);
  CPPUNIT_TEST(heavy_channels_have_a_part_of_a_long_turn);
  CPPUNIT_TEST(it_knows_whether_others_than_heavy_channels_are_about);
  CPPUNIT_TEST(slow_channels_leave_others_as_much_time);
  CPPUNIT_TEST(slow_channels_are_served_beside_others);
  CPPUNIT_TEST(deadlines_that_come_together_keep_nobody_waiting);
  CPPUNIT_TEST(a_deadline_that_is_moved_while_it_waits_does_not_come);
  CPPUNIT_TEST(one_that_is_released_while_it_waits_is_not_served);
  CPPUNIT_TEST(half_of_many_gone_is_told_once);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_short_message_waits_for_one_heavy_channel_only() {
    const Bell& light = add("light", false);
    for (const char* name : {"first", "second", "third"}) {
      add(name, true, [&light](Bell&) { light.ring(), take_long(); }).ring();
    }
    run(6);
    // Each of them has rung it anew.
    CPPUNIT_ASSERT_EQUAL(std::string("first light second light third light"), order());
  }

  void heavy_channels_take_turns() {
    // Two of them wait in each turn, and are heard again although the loop does not listen to who waits.
    for (const char* name : {"first", "second", "third"}) {
      add(name, true, [](Bell& self) { self.ring(), take_long(); }).ring();
    }
    run(6);
    CPPUNIT_ASSERT_EQUAL(std::string("first second third first second third"), order());
  }

  void heavy_channels_have_a_part_of_a_long_turn() {
    // A hundred times what the three take together; each of them takes more than the least share.
    add("busy", false, [](Bell&) { take(100ms); }).ring();
    for (const char* name : {"first", "second", "third"}) {
      add(name, true, [](Bell&) { take(300us); }).ring();
    }
    add("turn", false, [](Bell& self) { self.ring(); }).ring();
    run(5);
    CPPUNIT_ASSERT_EQUAL(std::string("busy turn first second third"), order());
  }

  void it_knows_whether_others_than_heavy_channels_are_about() {
    std::vector<bool> others;
    const Bell& light = add("light", false);
    add("heavy", true, [&](Bell& self) {
      others.push_back(loop_->has_others());
      light.ring();
      self.ring();
    }).ring();
    run(3);
    CPPUNIT_ASSERT_EQUAL(std::string("heavy light heavy"), order());
    CPPUNIT_ASSERT(!others[0]);
    CPPUNIT_ASSERT(others[1]);
  }

  void slow_channels_leave_others_as_much_time() {
    using Time = std::chrono::steady_clock::time_point;
    std::vector<std::pair<Time, Time>> served;
    add("busy", false, [](Bell& self) { self.ring(); }).ring();
    for (int i = 0; i < 3; ++i) {
      Bell& slow = add("slow", false, [&](Bell&) {
        const Time begin = std::chrono::steady_clock::now();
        take_long();
        served.emplace_back(begin, std::chrono::steady_clock::now());
        if (served.size() == 3) stop_behind_this();
      });
      slow.be_slow();
      slow.ring();
    }
    run();
    for (std::size_t i = 1; i < served.size(); ++i) {
      CPPUNIT_ASSERT(served[i].first - served[i - 1].second >= served[i - 1].second - served[i - 1].first);
    }
  }

  void slow_channels_are_served_beside_others() {
    // The heavy one is ready in every turn and would be for ever; another slow one waits for nobody's end.
    for (const char* name : {"slow", "slow too"}) {
      const bool last = std::string_view(name) == "slow too";
      Bell& slow = add(name, false, [this, last](Bell&) {
        take_long();
        if (last) stop_behind_this();
      });
      slow.be_slow();
      slow.ring();
    }
    add("heavy", true, [](Bell& self) { self.ring(), take_long(); }).ring();
    run();
    CPPUNIT_ASSERT(order().starts_with("heavy slow heavy"));
  }

  void deadlines_that_come_together_keep_nobody_waiting() {
    const Bell& light = add("light", false);
    for (int i = 0; i < 3; ++i) {
      loop_->set_deadline(add("deadline", false, [&light](Bell&) { light.ring(), take_long(); }), loop_->now());
    }
    run(6);
    CPPUNIT_ASSERT_EQUAL(std::string("deadline light deadline light deadline light"), order());
  }

  void a_deadline_that_is_moved_while_it_waits_does_not_come() {
    Bell& moved = add("moved", false);
    // Put off together, in the order they were set in.
    loop_->set_deadline(add("mover", false,
                            [&](Bell&) {
                              loop_->set_deadline(moved, loop_->now() + 1h);
                              take_long();
                            }),
                        loop_->now());
    loop_->set_deadline(moved, loop_->now());
    loop_->set_deadline(add("last", false), loop_->now());
    run(2);
    CPPUNIT_ASSERT_EQUAL(std::string("mover last"), order());
  }

  void one_that_is_released_while_it_waits_is_not_served() {
    Bell* gone = nullptr;
    add("first", true, [&](Bell&) { gone->leave(); }).ring();
    gone = &add("gone", true);
    gone->ring();
    add("last", true).ring();
    run(2);
    CPPUNIT_ASSERT_EQUAL(std::string("first last"), order());
  }

  void half_of_many_gone_is_told_once() {
    int told = 0;
    loop_->when_halved([&told] { ++told; });
    const Bell& goer = add("goer", false, [this](Bell&) {
      for (int i = 0; i < 60; ++i) {
        many_.back()->leave();
        many_.pop_back();
      }
    });
    for (int i = 0; i < 100; ++i) many_.push_back(&add("one of many", false));
    goer.ring();
    run(1);
    CPPUNIT_ASSERT_EQUAL(1, told);
  }

  void setUp() override {
    loop_ = std::make_unique<EventLoop>(0ns, log_);
    served_.clear();
    many_.clear();
    enough_ = {};
  }
  void tearDown() override { loop_.reset(); }

 private:
  Bell& add(
      std::string name, bool heavy, Bell::Act act = [](Bell&) {}) {
    return Bell::add(*loop_, heavy, [this, name = std::move(name), act = std::move(act)](Bell& bell) {
      served_.push_back(name);
      act(bell);
      if (served_.size() == wanted_) enough_.set_value();
    });
  }

  /// Runs the loop until so many have been served.
  void run(std::size_t count) {
    wanted_ = count;
    loop_->start();
    CPPUNIT_ASSERT(enough_.get_future().wait_for(30s) == std::future_status::ready);
    loop_->stop();
    served_.resize(count);
  }

  /// The same until one of them has said stop_behind_this().
  void run() {
    wanted_ = 0;
    loop_->start();
    CPPUNIT_ASSERT(enough_.get_future().wait_for(30s) == std::future_status::ready);
    loop_->stop();
  }
  void stop_behind_this() { wanted_ = served_.size(); }

  std::string order() const {
    std::string all;
    for (const std::string& name : served_) all += (all.empty() ? "" : " ") + name;
    return all;
  }

  MemoryLog log_;
  std::unique_ptr<EventLoop> loop_;
  std::vector<std::string> served_;
  std::vector<Bell*> many_;
  std::size_t wanted_ = 0;
  std::promise<void> enough_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(EventLoopTest);

}  // namespace
}  // namespace netkit::testing
