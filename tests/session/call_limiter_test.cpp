#include "session/call_limiter.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string_view>
#include <utility>

#include "session/session.h"
#include "support/fake_session.h"

namespace netkit::testing {
namespace {

/// Lets in a fixed number of calls at a time.
class CountingLimiter final : public CallLimiter, public std::enable_shared_from_this<CountingLimiter> {
 public:
  explicit CountingLimiter(int most) : left_(most) {}
  CallPermit admit(const CallSource& /*source*/) override {
    if (left_ == 0) return {};
    --left_;
    return CallPermit(shared_from_this(), std::make_unique<Place>());
  }
  int left() const { return left_; }

 private:
  void take_back(Place* /*place*/) noexcept override { ++left_; }
  int left_;
};

/// Decodes messages that no memory can hold a copy of.
class EndlessDecoder final : public Decoder {
 public:
  Decoded decode(std::string_view bytes) override {
    return {.status = Decoded::Status::message, .size = bytes.size(), .message = {.body = {bytes.data(), SIZE_MAX}}};
  }
};

class CallLimiterTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CallLimiterTest);
  CPPUNIT_TEST(a_permit_comes_back_once);
  CPPUNIT_TEST(a_permit_keeps_its_limiter);
  CPPUNIT_TEST(a_permit_is_held_until_its_job_ends);
  CPPUNIT_TEST(a_permit_comes_back_from_a_job_that_nobody_takes);
  CPPUNIT_TEST(a_permit_comes_back_when_the_message_cannot_be_copied);
  CPPUNIT_TEST(the_handler_answers_a_call_that_is_refused);
  CPPUNIT_TEST(the_handler_answers_a_call_that_is_refused_after_all);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_permit_comes_back_once() {
    CallPermit permit = limiter_->admit({});
    CPPUNIT_ASSERT(permit);
    CPPUNIT_ASSERT(!limiter_->admit({}));
    CallPermit moved = std::move(permit);
    permit = CallPermit();
    CPPUNIT_ASSERT_EQUAL(0, limiter_->left());
    moved = CallPermit();
    CPPUNIT_ASSERT_EQUAL(1, limiter_->left());
    CPPUNIT_ASSERT(limiter_->admit({}));
  }

  void a_permit_keeps_its_limiter() {
    const std::weak_ptr<CallLimiter> watched = limiter_;
    CallPermit permit = limiter_->admit({});
    limiter_.reset();
    CPPUNIT_ASSERT(!watched.expired());
    permit = CallPermit();
    CPPUNIT_ASSERT(watched.expired());
  }

  void a_permit_is_held_until_its_job_ends() {
    const Protocol protocol = limited();
    Session session(protocol, host_);
    session.receive("a\n", out_);
    CPPUNIT_ASSERT(session.busy());
    std::unique_ptr<Job> job = session.take_job();
    session.complete(*job, out_);
    CPPUNIT_ASSERT_EQUAL(0, limiter_->left());
    job.reset();
    CPPUNIT_ASSERT_EQUAL(1, limiter_->left());
  }

  void a_permit_comes_back_from_a_job_that_nobody_takes() {
    const Protocol protocol = limited();
    {
      Session session(protocol, host_);
      session.receive("a\n", out_);
      CPPUNIT_ASSERT_EQUAL(0, limiter_->left());
    }
    CPPUNIT_ASSERT_EQUAL(1, limiter_->left());
  }

  void a_permit_comes_back_when_the_message_cannot_be_copied() {
    Protocol protocol = limited();
    use_decoder(protocol, [] { return std::make_unique<EndlessDecoder>(); });
    Session session(protocol, host_);
    session.receive("a", out_);
    CPPUNIT_ASSERT(session.ended() == CloseReason::handler_failed);
    CPPUNIT_ASSERT(!session.busy());
    CPPUNIT_ASSERT_EQUAL(1, limiter_->left());
  }

  void the_handler_answers_a_call_that_is_refused() {
    const Protocol protocol = limited();
    const CallPermit taken = limiter_->admit({});
    Session session(protocol, host_);
    session.receive("a\n", out_);
    CPPUNIT_ASSERT(!session.busy());
    CPPUNIT_ASSERT(session.ended() == CloseReason::handler_closed);
    CPPUNIT_ASSERT_EQUAL(1, host_.refused_calls);
  }

  void the_handler_answers_a_call_that_is_refused_after_all() {
    const Protocol protocol = limited();
    Session session(protocol, host_);
    session.receive("a\n", out_);
    const std::unique_ptr<Job> job = session.take_job();
    job->permit().place()->refused = true;
    session.complete(*job, out_);
    CPPUNIT_ASSERT(!session.call_open());
    CPPUNIT_ASSERT(session.ended() == CloseReason::handler_closed);
    CPPUNIT_ASSERT_EQUAL(1, host_.refused_calls);
  }

 private:
  Protocol limited() const {
    Protocol protocol = make_protocol("line", "line", echo_handler(true));
    protocol.call_limiter = limiter_;
    return protocol;
  }

  std::shared_ptr<CountingLimiter> limiter_ = std::make_shared<CountingLimiter>(1);
  RecordingHost host_;
  Output out_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(CallLimiterTest);

}  // namespace
}  // namespace netkit::testing
