#include "admission/concurrency_limiter.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "support/test_client.h"
#include "support/test_host.h"

namespace netkit::testing {
namespace {

/// Runs each call at once.
class HereExecutor final : public Executor {
 public:
  void submit(Task&& call) override { call(); }
};

/// Bounds on the calls of one handler.
class ConcurrencyLimiterTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ConcurrencyLimiterTest);
  CPPUNIT_TEST(so_many_run_and_the_others_wait);
  CPPUNIT_TEST(those_that_wait_come_in_order);
  CPPUNIT_TEST(those_that_wait_occupy_no_worker);
  CPPUNIT_TEST(what_is_over_the_bounds_is_refused_and_logged);
  CPPUNIT_TEST(a_permit_given_back_can_be_taken_again);
  CPPUNIT_TEST(what_waits_still_runs_when_the_workers_stop);
  CPPUNIT_TEST(what_waits_can_be_withdrawn);
  CPPUNIT_TEST(a_crowd_withdraws_in_any_order);
  CPPUNIT_TEST(a_call_runs_until_its_permit_ends);
  CPPUNIT_TEST(sources_take_turns);
  CPPUNIT_TEST(no_source_has_more_than_half_while_others_wait);
  CPPUNIT_TEST(a_source_alone_has_all);
  CPPUNIT_TEST(no_source_has_more_than_its_bound);
  CPPUNIT_TEST(the_longest_queue_makes_room);
  CPPUNIT_TEST_SUITE_END();

 public:
  void so_many_run_and_the_others_wait() {
    WorkerPool workers(8);
    const auto limiter = make_limiter(workers, {2, 100});
    std::atomic<int> running{0};
    std::atomic<int> most{0};
    std::atomic<int> done{0};
    for (int i = 0; i < 50; ++i) {
      run(*limiter, [&] {
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
      run(*limiter, [&, i] { order.push_back(i); });
    }
    CPPUNIT_ASSERT(workers.stop(20'000));
    CPPUNIT_ASSERT_EQUAL(std::size_t{50}, order.size());
    for (int i = 0; i < 50; ++i) CPPUNIT_ASSERT_EQUAL(i, order[static_cast<std::size_t>(i)]);
  }

  void those_that_wait_occupy_no_worker() {
    WorkerPool workers(2);
    const auto limiter = make_limiter(workers, {1, 100});
    for (int i = 0; i < 10; ++i) {
      run(*limiter, [&] { eventually([&] { return go_.load(); }); });
    }
    std::atomic<bool> other_done{false};
    workers.submit([&] { other_done = true; });
    CPPUNIT_ASSERT(eventually([&] { return other_done.load(); }));
    go_ = true;
    CPPUNIT_ASSERT(workers.stop(20'000));
  }

  void what_is_over_the_bounds_is_refused_and_logged() {
    WorkerPool workers(2);
    const auto limiter = make_limiter(workers, {2, 1});
    for (int i = 0; i < 3; ++i) permits_.push_back(limiter->admit({}));
    for (int i = 0; i < 3; ++i) CPPUNIT_ASSERT(!limiter->admit({}));
    CPPUNIT_ASSERT(log_.contains("test: refused a message: 2 calls run and 1 wait"));
  }

  void a_permit_given_back_can_be_taken_again() {
    WorkerPool workers(2);
    const auto limiter = make_limiter(workers, {1, 0});
    for (int i = 0; i < 100; ++i) {
      const CallPermit permit = limiter->admit({});
      CPPUNIT_ASSERT(permit);
      CPPUNIT_ASSERT(!limiter->admit({}));
    }
  }

  void what_waits_still_runs_when_the_workers_stop() {
    WorkerPool workers(2);
    const auto limiter = make_limiter(workers, {1, 100});
    std::atomic<int> done{0};
    for (int i = 0; i < 50; ++i) {
      run(*limiter, [&] { ++done; });
    }
    CPPUNIT_ASSERT(workers.stop(20'000));
    CPPUNIT_ASSERT_EQUAL(50, done.load());
  }

  void what_waits_can_be_withdrawn() {
    WorkerPool workers(2);
    const auto limiter = make_limiter(workers, {1, 2});
    std::array<ConcurrencyLimiter::Ticket, 3> tickets;
    std::vector<const ConcurrencyLimiter::Ticket*> ran;  // one call at a time: no lock
    std::atomic<bool> runs{false};
    for (ConcurrencyLimiter::Ticket& ticket : tickets) {
      run(
          *limiter,
          [&] {
            runs = true;
            eventually([&] { return go_.load(); });
            ran.push_back(&ticket);
          },
          &ticket);
    }
    CPPUNIT_ASSERT(eventually([&] { return runs.load(); }));
    CPPUNIT_ASSERT(!limiter->withdraw(tickets[0]));
    CPPUNIT_ASSERT(limiter->withdraw(tickets[1]));
    CPPUNIT_ASSERT(!limiter->withdraw(tickets[1]));
    go_ = true;
    CPPUNIT_ASSERT(workers.stop(20'000));
    CPPUNIT_ASSERT((ran == std::vector<const ConcurrencyLimiter::Ticket*>{tickets.data(), &tickets[2]}));
  }

  /// Half of one source, half of a source each. It takes half a minute where calls or sources are searched.
  void a_crowd_withdraws_in_any_order() {
    constexpr std::size_t kCrowd = 100'000;
    const auto limiter = make_here({.at_once = 1, .waiting = kCrowd});
    const CallPermit running = begin(*limiter, source(1), "a");
    std::vector<ConcurrencyLimiter::Ticket> tickets(kCrowd);
    std::vector<CallPermit> permits;
    for (std::size_t i = 0; i < kCrowd; ++i) {
      CallSource one = source(2);
      if (i % 2 == 1) std::memcpy(&one.key[1], &i, sizeof i);
      permits.push_back(limiter->admit(one));
      limiter->run(
          permits.back(), [] {}, &tickets[i]);
    }
    CPPUNIT_ASSERT_EQUAL(kCrowd, limiter->usage().waiting);
    for (std::size_t i = kCrowd; i-- > 0;) {
      if (i % 4 < 2) CPPUNIT_ASSERT(limiter->withdraw(tickets[i]));
      permits.pop_back();
    }
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, limiter->usage().waiting);
  }

  void a_call_runs_until_its_permit_ends() {
    const auto limiter = make_here({.at_once = 1, .waiting = 9});
    CallPermit first = begin(*limiter, source(1), "a");
    const CallPermit second = begin(*limiter, source(1), "b");
    CPPUNIT_ASSERT_EQUAL(std::string("a "), begun_);
    first = CallPermit();
    CPPUNIT_ASSERT_EQUAL(std::string("a b "), begun_);
  }

  void sources_take_turns() {
    const auto limiter = make_here({.at_once = 1, .waiting = 9});
    std::deque<CallPermit> calls;
    for (const char* name : {"a1", "a2", "a3", "a4", "b1", "b2", "c1"}) {
      calls.push_back(begin(*limiter, source(static_cast<unsigned char>(name[0])), name));
    }
    while (!calls.empty()) end_first_that_runs(calls);
    CPPUNIT_ASSERT_EQUAL(std::string("a1 a2 b1 c1 a3 b2 a4 "), begun_);
  }

  void no_source_has_more_than_half_while_others_wait() {
    const auto limiter = make_here({.at_once = 4, .waiting = 99});
    std::vector<CallPermit> greedy;
    for (int i = 0; i < 10; ++i) greedy.push_back(begin(*limiter, source(1), "a"));
    std::vector<CallPermit> other;
    for (int i = 0; i < 3; ++i) other.push_back(begin(*limiter, source(2), "b"));
    CPPUNIT_ASSERT_EQUAL(std::string("a a a a "), begun_);
    greedy[0] = CallPermit();  // three of its run: more than half
    greedy[1] = CallPermit();
    greedy[2] = CallPermit();  // one: it may go on
    CPPUNIT_ASSERT_EQUAL(std::string("a a a a b b a "), begun_);
  }

  void a_source_alone_has_all() {
    const auto limiter = make_here({.at_once = 4, .waiting = 99});
    std::vector<CallPermit> calls;
    for (int i = 0; i < 6; ++i) calls.push_back(begin(*limiter, source(1), "a"));
    calls[0] = CallPermit();
    CPPUNIT_ASSERT_EQUAL(std::string("a a a a a "), begun_);
  }

  void no_source_has_more_than_its_bound() {
    const auto limiter = make_here({.at_once = 4, .waiting = 99}, 2);
    std::vector<CallPermit> calls;
    for (int i = 0; i < 4; ++i) calls.push_back(begin(*limiter, source(1), "a"));
    CPPUNIT_ASSERT_EQUAL(std::string("a a "), begun_);
    calls.push_back(begin(*limiter, source(2), "b"));
    CPPUNIT_ASSERT_EQUAL(std::string("a a b "), begun_);
    calls[0] = CallPermit();
    CPPUNIT_ASSERT_EQUAL(std::string("a a b a "), begun_);
    const auto exempt = make_here({.at_once = 4, .waiting = 99}, 2);
    for (int i = 0; i < 4; ++i) calls.push_back(begin(*exempt, source(1, false), "l"));
    CPPUNIT_ASSERT_EQUAL(std::string("a a b a l l l l "), begun_);
  }

  void the_longest_queue_makes_room() {
    const auto limiter = make_here({.at_once = 1, .waiting = 3});
    std::deque<CallPermit> calls;
    for (const char* name : {"a1", "a2", "a3", "a4"}) calls.push_back(begin(*limiter, source(1), name));
    CPPUNIT_ASSERT(!limiter->admit(source(1)));
    calls.push_back(begin(*limiter, source(2), "b1"));
    CPPUNIT_ASSERT_EQUAL(std::string("a1 a4! "), begun_);
    CPPUNIT_ASSERT(!limiter->admit(source(2)));  // it would have more than the other then
    calls.push_back(begin(*limiter, source(3), "c1"));
    CPPUNIT_ASSERT_EQUAL(std::string("a1 a4! a3! "), begun_);
    CPPUNIT_ASSERT(!limiter->admit(source(4)));
    calls[3] = CallPermit();  // a4's place is another's
    CPPUNIT_ASSERT(!limiter->admit(source(4)));
    CPPUNIT_ASSERT(log_.contains("test: refused a message: 1 calls run and 3 wait"));
    calls.pop_front();
    CPPUNIT_ASSERT_EQUAL(std::string("a1 a4! a3! a2 "), begun_);
  }

 private:
  /// Each call that has begun ends before the next: the one whose name stands last in begun_.
  void end_first_that_runs(std::deque<CallPermit>& calls) {
    const std::string last = begun_.substr(begun_.size() - 3, 2);
    static const std::vector<std::string> kNames{"a1", "a2", "a3", "a4", "b1", "b2", "c1"};
    const auto place = std::find(kNames.begin(), kNames.end(), last) - kNames.begin();
    CallPermit& running = calls[static_cast<std::size_t>(place)];
    if (!running) return calls.clear();
    running = CallPermit();
  }

  std::shared_ptr<ConcurrencyLimiter> make_here(CallBounds bounds, std::size_t per_source = 0) {
    return std::make_shared<ConcurrencyLimiter>(bounds, per_source, "test", here_, log_);
  }

  std::shared_ptr<ConcurrencyLimiter> make_limiter(WorkerPool& workers, CallBounds bounds) {
    return std::make_shared<ConcurrencyLimiter>(bounds, 0, "test", workers, log_);
  }

  /// As a job does: the permit ends with the call.
  template <class Call>
  static void run(ConcurrencyLimiter& limiter, Call call, ConcurrencyLimiter::Ticket* ticket = nullptr) {
    const auto permit = std::make_shared<CallPermit>(limiter.admit({}));
    CPPUNIT_ASSERT(*permit);
    const auto work = [permit, call] {
      call();
      *permit = CallPermit();
    };
    limiter.run(*permit, work, ticket);
  }

  static CallSource source(unsigned char number, bool limited = true) { return {.key = {number}, .limited = limited}; }

  /// A call of that source whose name goes to `begun_`, with a `!` if it is refused; it runs until its permit is
  /// dropped.
  CallPermit begin(ConcurrencyLimiter& limiter, const CallSource& source, const std::string& name) {
    CallPermit permit = limiter.admit(source);
    limiter.run(permit, [this, name, place = permit.place()] { begun_ += name + (place->refused ? "! " : " "); });
    return permit;
  }

  MemoryLog log_;
  std::vector<CallPermit> permits_;
  HereExecutor here_;
  std::string begun_;  // by here_
  std::atomic<bool> go_{false};
};
CPPUNIT_TEST_SUITE_REGISTRATION(ConcurrencyLimiterTest);

}  // namespace
}  // namespace netkit::testing
