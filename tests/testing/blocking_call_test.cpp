#include "server/blocking_call.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "support/fake_session.h"
#include "support/test_client.h"

namespace netkit::testing {
namespace {

constexpr std::size_t kLimit = 4;

/// Sends three answers, each longer than may wait, and counts how far it is.
class BlockingCallTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(BlockingCallTest);
  CPPUNIT_TEST(on_the_tests_thread_it_has_returned_at_once);
  CPPUNIT_TEST(on_its_own_thread_it_waits_for_the_peer_to_read);
  CPPUNIT_TEST(a_cancelled_call_waits_for_nobody);
  CPPUNIT_TEST(whoever_holds_the_encoder_keeps_it_from_answering);
  CPPUNIT_TEST(what_it_does_wakes_the_loops);
  CPPUNIT_TEST_SUITE_END();

 public:
  void on_the_tests_thread_it_has_returned_at_once() {
    BlockingCall call(job(), *loops_, kLimit);
    call.start(false);
    CPPUNIT_ASSERT(!call.on_thread());
    CPPUNIT_ASSERT(call.done());
    CPPUNIT_ASSERT_EQUAL(std::string("one!\ntwo!\nsix!\n"), taken(call));
    CPPUNIT_ASSERT_EQUAL(std::string(), taken(call));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, call.finish().messages());
  }

  void on_its_own_thread_it_waits_for_the_peer_to_read() {
    BlockingCall call(job(), *loops_, kLimit);
    call.report_unsent(kLimit);
    call.start(true);
    CPPUNIT_ASSERT(call.on_thread());
    CPPUNIT_ASSERT_EQUAL(std::string("one!\n"), await_answer(call));
    CPPUNIT_ASSERT(!call.done());
    CPPUNIT_ASSERT_EQUAL(std::string(), taken(call));
    for (const char* answer : {"two!\n", "six!\n"}) {
      call.report_unsent(0);
      CPPUNIT_ASSERT_EQUAL(std::string(answer), await_answer(call));
    }
    call.report_unsent(0);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, call.finish().messages());
    CPPUNIT_ASSERT(call.done());
  }

  void a_cancelled_call_waits_for_nobody() {
    BlockingCall call(job(), *loops_, kLimit);
    call.start(true);
    CPPUNIT_ASSERT_EQUAL(std::string("one!\n"), await_answer(call));
    call.report_unsent(kLimit);
    call.cancel();
    CPPUNIT_ASSERT(call.finish().stop_token().stop_requested());
    CPPUNIT_ASSERT(call.done());
  }

  void whoever_holds_the_encoder_keeps_it_from_answering() {
    BlockingCall call(job(), *loops_, kLimit);
    std::unique_lock held = call.hold_encoder();
    call.start(true);
    CPPUNIT_ASSERT(eventually([&] { return begun_ == 1; }));
    CPPUNIT_ASSERT_EQUAL(std::string(), taken(call));
    held.unlock();
    CPPUNIT_ASSERT_EQUAL(std::string("one!\n"), await_answer(call));
    call.cancel();
  }

  void what_it_does_wakes_the_loops() {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    BlockingCall call(job(), *loops_, kLimit);
    call.start(true);
    CPPUNIT_ASSERT(loops_->wait(patience));
    CPPUNIT_ASSERT_EQUAL(std::string("one!\n"), taken(call));
    call.cancel();
    while (!call.done()) CPPUNIT_ASSERT(loops_->wait(patience));
  }

 private:
  std::unique_ptr<Job> job() {
    const JobParts parts{*handler_, *codec_.encoder, true, false, false};
    return std::make_unique<Job>(parts, 1, Peer{}, Message{}, host_.hold(), CallPermit());
  }
  static std::string taken(BlockingCall& call) {
    Output out;
    return call.take(out) ? std::string(out.bytes().view()) : std::string();
  }
  static std::string await_answer(BlockingCall& call) {
    std::string answer;
    CPPUNIT_ASSERT(eventually([&] { return !(answer = taken(call)).empty(); }));
    return answer;
  }

  std::atomic<int> begun_{0};
  const std::shared_ptr<Handler> handler_ = make_handler([this](const Message&, Responder& responder) {
    for (const char* answer : {"one!", "two!", "six!"}) {
      ++begun_;
      responder.send(answer);
    }
  });
  const Codec codec_ = make_protocol("line", "line", handler_).make_codec();
  RecordingHost host_;
  const std::shared_ptr<Loops> loops_ = std::make_shared<Loops>();
};
CPPUNIT_TEST_SUITE_REGISTRATION(BlockingCallTest);

}  // namespace
}  // namespace netkit::testing
