#include "host/worker/worker_call.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "host/conversation/running_loops.h"

namespace netkit::testing {
namespace {

/// Puts a `;` behind each answer.
class Semicolons final : public Encoder {
 public:
  void begin(const Attributes&, std::uint64_t, Buffer&) override {}
  void end(std::span<char>, Buffer& out) override { out.append(';'); }
};

/// Does what the test wants within a call.
class ScriptedHandler final : public Handler {
 public:
  using Act = std::function<void(Responder&)>;
  void on_message(const Message&, Responder& responder) override { act(responder); }
  Act act;
};

class WorkerCallTest : public CppUnit::TestFixture, private WorkerCall::Owner {
  CPPUNIT_TEST_SUITE(WorkerCallTest);
  CPPUNIT_TEST(answers_come_while_the_call_runs);
  CPPUNIT_TEST(the_job_comes_back_once);
  CPPUNIT_TEST(a_worker_waits_for_a_slow_peer);
  CPPUNIT_TEST(a_single_answer_waits_for_nobody);
  CPPUNIT_TEST(a_cancelled_call_does_not_wait);
  CPPUNIT_TEST(the_loop_may_frame_between_two_answers);
  CPPUNIT_TEST(a_call_that_waits_for_its_turn_is_taken_back);
  CPPUNIT_TEST_SUITE_END();

 public:
  void answers_come_while_the_call_runs() {
    handler_.act = [this](Responder& responder) {
      responder.send("first");
      CPPUNIT_ASSERT(comes_true([this] { return text() == "first;"; }));
      responder.send("second");
    };
    start();
    await_return();
    CPPUNIT_ASSERT_EQUAL(std::string("first;second;"), text());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, job_messages_.load());
    CPPUNIT_ASSERT(!failed_);
  }

  void the_job_comes_back_once() {
    handler_.act = [](Responder&) { throw std::runtime_error("no"); };
    start();
    await_return();
    loops_.settle();
    CPPUNIT_ASSERT_EQUAL(1, returns_.load());
    CPPUNIT_ASSERT(failed_);
    // The worker's thread lets go of it a moment after the job has come back.
    CPPUNIT_ASSERT(comes_true([this] { return call_.use_count() == 1; }));
  }

  void a_worker_waits_for_a_slow_peer() {
    constexpr int kAnswers = 64;
    handler_.act = [this](Responder& responder) {
      for (int i = 0; i < kAnswers; ++i) {
        responder.send(std::string(std::size_t{100} << 10, 'x'));
        ++sent_;
      }
    };
    takes_ = false;
    start();
    // 1 MiB may wait: the eleventh answer is one too many.
    CPPUNIT_ASSERT(comes_true([this] { return sent_ >= 10; }));
    loops_.settle();
    CPPUNIT_ASSERT(sent_ <= 11);
    loops_.on(0, [this] {
      takes_ = true;
      on_answers();
    });
    await_return();
    CPPUNIT_ASSERT_EQUAL(kAnswers, sent_.load());
  }

  void a_single_answer_waits_for_nobody() {
    handler_.act = [](Responder& responder) { responder.send("refused"); };
    takes_ = false;
    start_behind(std::size_t{2} << 20);
    await_return();
    CPPUNIT_ASSERT(!failed_);
  }

  void a_cancelled_call_does_not_wait() {
    handler_.act = [this](Responder& responder) {
      while (!responder.stop_token().stop_requested()) {
        responder.send(std::string(std::size_t{100} << 10, 'x'));
        ++sent_;
      }
    };
    takes_ = false;
    start();
    CPPUNIT_ASSERT(comes_true([this] { return sent_ >= 10; }));
    loops_.on(0, [this] { call_->cancel(); });
    await_return();
  }

  void the_loop_may_frame_between_two_answers() {
    std::atomic<bool> go{false};
    handler_.act = [&](Responder& responder) {
      responder.write(5, [&](std::span<char> into) {
        amid_ = true;
        CPPUNIT_ASSERT(comes_true([&] { return go.load(); }));
        std::fill(into.begin(), into.end(), 'w');
      });
      CPPUNIT_ASSERT(comes_true([this] { return text() == "wwwww;"; }));
    };
    start();
    CPPUNIT_ASSERT(comes_true([this] { return amid_.load(); }));
    CPPUNIT_ASSERT(!loop_may_frame());
    go = true;
    await_return();
    CPPUNIT_ASSERT(!failed_);
    CPPUNIT_ASSERT(loop_may_frame());
  }

  void a_call_that_waits_for_its_turn_is_taken_back() {
    const auto limiter = std::make_shared<ConcurrencyLimiter>(CallBounds{.at_once = 1, .waiting = 1}, 0, "test",
                                                              loops_.workers, *loops_.log);
    std::atomic<bool> go{false};
    CallPermit before = limiter->admit({});
    limiter->run(before, [&] { comes_true([&] { return go.load(); }); });
    handler_.act = [this](Responder&) { ++sent_; };
    start(limiter.get());
    loops_.on(0, [this] { call_->cancel(); });
    await_return();  // though the one before it still runs
    go = true;
    CPPUNIT_ASSERT_EQUAL(0, sent_.load());
    before = {};
    loops_.workers.stop(60'000);
    call_.reset();  // it keeps the limiter, which uses the workers
  }

 private:
  void start(ConcurrencyLimiter* limiter = nullptr) {
    make(limiter);
    call_->start(loops_.workers, limiter);
  }
  /// Where the peer has so many bytes to read already.
  void start_behind(std::size_t unsent) {
    make(nullptr);
    call_->report_unsent(unsent);
    call_->start(loops_.workers, nullptr);
  }
  void make(ConcurrencyLimiter* limiter) {
    CallPermit permit = limiter == nullptr ? CallPermit() : limiter->admit({});
    auto job = std::make_unique<Job>(
        JobParts{.handler = handler_, .encoder = encoder_, .in_place = true, .datagram = false, .may_start_tls = false},
        1, Peer{}, Message{.body = "go"}, nullptr, std::move(permit));
    call_ = std::make_shared<WorkerCall>(std::move(job), static_cast<WorkerCall::Owner&>(*this), loops_[0], nullptr);
  }
  void await_return() {
    CPPUNIT_ASSERT(comes_true([this] { return returns_ > 0; }));
    loops_.settle();
  }
  bool loop_may_frame() {
    bool may = false;
    loops_.on(0, [&] { may = static_cast<bool>(call_->hold_encoder(out_)); });
    return may;
  }
  /// All answers that have come.
  std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }

  void on_answers() override {
    if (!takes_) return;
    call_->take(out_);
    call_->report_unsent(0);
    const std::lock_guard lock(mutex_);
    text_ += out_.view();
    out_.clear();
  }
  void on_return(Job& job) override {
    on_answers();
    job_messages_ = job.messages();
    failed_ = job.failed();
    ++returns_;
  }

  ScriptedHandler handler_;
  Semicolons encoder_;
  std::shared_ptr<WorkerCall> call_;
  Output out_;
  mutable std::mutex mutex_;
  std::string text_;  // guarded by mutex_
  bool takes_ = true;
  std::atomic<int> returns_{0};
  std::atomic<int> sent_{0};
  std::atomic<std::uint64_t> job_messages_{0};
  std::atomic<bool> failed_{false};
  std::atomic<bool> amid_{false};
  RunningLoops loops_{1};  // the first to go: its threads use what is above
};

CPPUNIT_TEST_SUITE_REGISTRATION(WorkerCallTest);

}  // namespace
}  // namespace netkit::testing
