#include "host/conversation/listener_services.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <stdexcept>

#include "host/conversation/running_loops.h"
#include "host/upstream/upstream_fixture.h"

namespace netkit::testing {
namespace {

using namespace std::chrono_literals;

class ListenerServicesTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ListenerServicesTest);
  CPPUNIT_TEST(a_task_runs_on_its_loop);
  CPPUNIT_TEST(tasks_run_in_the_order_they_are_given_in);
  CPPUNIT_TEST(a_task_waits_for_the_beginning);
  CPPUNIT_TEST(a_task_that_throws_is_logged);
  CPPUNIT_TEST(a_timer_runs_its_task_on_its_loop);
  CPPUNIT_TEST(a_timer_that_is_destroyed_does_not_run);
  CPPUNIT_TEST(an_onward_connection_is_on_its_loop_and_ends_with_the_listener);
  CPPUNIT_TEST(an_onward_connection_waits_for_the_beginning);
  CPPUNIT_TEST(nothing_runs_while_a_config_is_checked);
  CPPUNIT_TEST(the_end_destroys_tasks_and_timers_before_the_handler);
  CPPUNIT_TEST(an_unused_listener_ends_at_once);
  CPPUNIT_TEST(loops_that_have_stopped_end_it_when_they_go);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_task_runs_on_its_loop() {
    services_->begin();
    std::promise<bool> here;
    CPPUNIT_ASSERT(listener_.run(1, [&] { here.set_value(loops_[1].is_here()); }));
    CPPUNIT_ASSERT(here.get_future().get());
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, listener_.loops());
  }

  void tasks_run_in_the_order_they_are_given_in() {
    services_->begin();
    std::string order;
    listener_.run(0, [&] {
      listener_.run(0, [&] { order += 'c'; });
      order += 'a';
    });
    loops_.settle();
    listener_.run(0, [&] { order += 'd'; });
    listener_.run(0, [&] { order += 'e'; });
    loops_.settle();
    CPPUNIT_ASSERT_EQUAL(std::string("acde"), order);
  }

  void a_task_waits_for_the_beginning() {
    std::atomic<bool> ran{false};
    CPPUNIT_ASSERT(listener_.run(0, [&] { ran = true; }));
    loops_.settle();
    CPPUNIT_ASSERT(!ran);
    services_->begin();
    CPPUNIT_ASSERT(comes_true([&] { return ran.load(); }));
  }

  void a_task_that_throws_is_logged() {
    services_->begin();
    listener_.run(0, [] { throw std::runtime_error("no room"); });
    loops_.settle();
    CPPUNIT_ASSERT_EQUAL(std::string("a task of the handler failed: no room"), loops_.log->lines().at(0));
  }

  void a_timer_runs_its_task_on_its_loop() {
    services_->begin();
    std::promise<bool> here;
    const Timer timer = listener_.after(1, 1ms, [&] { here.set_value(loops_[1].is_here()); });
    CPPUNIT_ASSERT(here.get_future().get());
  }

  void a_timer_that_is_destroyed_does_not_run() {
    services_->begin();
    std::atomic<bool> ran{false};
    listener_.after(0, 0ms, [] {});  // destroyed at once
    Timer timer = listener_.after(0, 1h, [&] { ran = true; });
    timer = {};
    loops_.settle();
    CPPUNIT_ASSERT(!ran);
    CPPUNIT_ASSERT(loops_[0].timers().size() == 0);
  }

  void an_onward_connection_is_on_its_loop_and_ends_with_the_listener() {
    services_->begin();
    const auto handler = std::make_shared<Recorder>();
    std::atomic<bool> here{false};
    handler->connected = [&](const Upstream&) { here = loops_[1].is_here(); };
    const Upstream upstream = listener_.connect(1, target(), handler);
    CPPUNIT_ASSERT(upstream.send("there"));
    TestPeer peer = server_.accept();
    CPPUNIT_ASSERT_EQUAL(std::string("there\n"), peer.receive());
    peer.send("and back\n");
    handler->wait_for("message and back");
    CPPUNIT_ASSERT(here);
    end();
    CPPUNIT_ASSERT_EQUAL(std::string("reset"), peer.receive());
    CPPUNIT_ASSERT(comes_true([&] { return over_.load(); }));
    CPPUNIT_ASSERT(!upstream.open());
    CPPUNIT_ASSERT(!listener_.connect(1, target(), handler).open());
  }

  void an_onward_connection_waits_for_the_beginning() {
    const auto handler = std::make_shared<Recorder>();
    const Upstream upstream = listener_.connect(0, target(), handler);
    loops_.settle();
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, loops_[0].channels());
    services_->begin();
    handler->wait_for("connect");
    CPPUNIT_ASSERT(upstream.open());
  }

  void nothing_runs_while_a_config_is_checked() {
    services_->close();
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, listener_.loops());
    CPPUNIT_ASSERT(!listener_.run(0, [] { CPPUNIT_FAIL("it runs"); }));
    const Timer timer = listener_.after(0, 0ms, [] { CPPUNIT_FAIL("it runs"); });
    loops_.stop();
    end();
    CPPUNIT_ASSERT(over_);  // no loop had to do anything
  }

  void the_end_destroys_tasks_and_timers_before_the_handler() {
    auto code = std::make_shared<int>();
    code_ = code;
    services_->begin();
    loops_.on(0, [&] {
      listener_.run(0, [code] {});
      kept_timer_ = listener_.after(0, 1h, [code] {});
      listener_.after(1, 1h, [code] {}).detach();
    });
    code.reset();
    end();
    CPPUNIT_ASSERT(comes_true([&] { return over_.load(); }));
    CPPUNIT_ASSERT_EQUAL(0L, uses_.load());
    CPPUNIT_ASSERT(!listener_.run(0, [] {}));
  }

  void an_unused_listener_ends_at_once() {
    services_->begin();
    loops_.stop();
    end();
    CPPUNIT_ASSERT(over_);
  }

  void loops_that_have_stopped_end_it_when_they_go() {
    auto code = std::make_shared<int>();
    code_ = code;
    services_->begin();
    kept_timer_ = listener_.after(0, 1h, [code] {});
    loops_.settle();
    loops_.stop();
    Timer never_started = listener_.after(1, 1h, [code] {});
    listener_.run(1, [code] {});
    code.reset();
    end();
    CPPUNIT_ASSERT(!over_);
    loops_.destroy();
    CPPUNIT_ASSERT(over_);
    CPPUNIT_ASSERT_EQUAL(0L, uses_.load());
    // Destroying the timers now must not touch the loops.
    never_started = {};
    kept_timer_ = {};
  }

 private:
  /// Ends the services with a handler that notes, when it is destroyed, how many tasks still hold code_.
  void end() {
    services_->end(std::shared_ptr<void>(nullptr, [this](void*) {
      uses_ = code_.use_count();
      over_ = true;
    }));
  }

  Target target() const {
    TargetSettings settings;
    settings.host = "127.0.0.1";
    settings.port = server_.port();
    return {"server", make_test_framing("line"), std::make_shared<TargetSettings>(settings)};
  }

  TestTarget server_;
  RunningLoops loops_{2};
  std::shared_ptr<ListenerServices> services_ =
      std::make_shared<ListenerServices>(loops_.all(), loops_.workers, loops_.log, std::weak_ptr<const void>());
  Listener listener_{services_};
  Timer kept_timer_;
  std::atomic<bool> over_{false};
  std::atomic<long> uses_{-1};
  std::weak_ptr<int> code_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(ListenerServicesTest);

}  // namespace
}  // namespace netkit::testing
