#include "admission/rate_limiter.h"

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <memory>

#include "admission/addresses.h"
#include "admission/fake_listener.h"

namespace netkit::testing {
namespace {

using namespace std::chrono_literals;
using Verdict = RateLimiter::Verdict;

class RateLimiterTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RateLimiterTest);
  CPPUNIT_TEST(a_connection_without_rates_has_none);
  CPPUNIT_TEST(a_connection_over_its_rate_pauses);
  CPPUNIT_TEST(a_connection_over_its_rate_is_closed_where_that_is_asked_for);
  CPPUNIT_TEST(reads_are_as_large_as_the_bytes_left);
  CPPUNIT_TEST(connections_of_a_listener_share_its_rate);
  CPPUNIT_TEST(the_servers_rate_holds_too);
  CPPUNIT_TEST(a_dry_run_lets_all_pass_and_tells);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override { server_.most_connections = 10; }

  void a_connection_without_rates_has_none() {
    const ConnectionPermit permit = admit();
    CPPUNIT_ASSERT(RateLimiter::make(permit, peer_) == nullptr);
  }

  void a_connection_over_its_rate_pauses() {
    listener_->limits.messages = {2, 1s};
    const ConnectionPermit permit = admit();
    const auto limiter = RateLimiter::make(permit, peer_);
    CPPUNIT_ASSERT(limiter->may_read(now_) == Verdict::go);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, limiter->allowance(now_));
    limiter->took_messages(2, now_);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, limiter->allowance(now_));
    CPPUNIT_ASSERT(limiter->may_read(now_) == Verdict::pause);
    CPPUNIT_ASSERT(limiter->ready(now_) == now_ + 500ms);
    CPPUNIT_ASSERT(limiter->may_read(now_ + 500ms) == Verdict::go);
    CPPUNIT_ASSERT(limiter->ready(now_ + 500ms) > now_ + 500ms);
  }

  void a_connection_over_its_rate_is_closed_where_that_is_asked_for() {
    listener_->limits.messages = {1, 1s};
    listener_->limits.on_limit = OnLimit::close;
    const ConnectionPermit permit = admit();
    const auto limiter = RateLimiter::make(permit, peer_);
    CPPUNIT_ASSERT(limiter->may_read(now_) == Verdict::go);
    limiter->took_messages(1, now_);
    CPPUNIT_ASSERT(limiter->may_read(now_) == Verdict::close);
  }

  void reads_are_as_large_as_the_bytes_left() {
    listener_->limits.bytes = {1000, 1s};
    const ConnectionPermit permit = admit();
    const auto limiter = RateLimiter::make(permit, peer_);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1000}, limiter->read_size(4096, now_));
    CPPUNIT_ASSERT_EQUAL(std::size_t{16}, limiter->read_size(16, now_));
    limiter->took_bytes(900, now_);
    CPPUNIT_ASSERT_EQUAL(std::size_t{100}, limiter->read_size(4096, now_));
    limiter->took_bytes(900, now_);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, limiter->read_size(4096, now_));
  }

  void connections_of_a_listener_share_its_rate() {
    listener_->limits.messages = {3, 1s};
    const ConnectionPermit permit = admit(), another = admit();
    RateLimiter::make(permit, peer_)->took_messages(2, now_);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, RateLimiter::make(another, peer_)->allowance(now_));
  }

  void the_servers_rate_holds_too() {
    server_.use({.connections = 10, .messages = {1, 1s}});
    listener_->limits.messages = {3, 1s};
    const ConnectionPermit permit = admit();
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, RateLimiter::make(permit, peer_)->allowance(now_));
  }

  void a_dry_run_lets_all_pass_and_tells() {
    listener_->limits.messages = {1, 1s};
    listener_->limits.bytes = {1, 1s};
    listener_->limits.dry_run = true;
    const ConnectionPermit permit = admit();
    const auto limiter = RateLimiter::make(permit, peer_);
    limiter->took_messages(5, now_);
    CPPUNIT_ASSERT(limiter->may_read(now_) == Verdict::go);
    CPPUNIT_ASSERT_EQUAL(UINT64_MAX, limiter->allowance(now_));
    CPPUNIT_ASSERT_EQUAL(std::size_t{4096}, limiter->read_size(4096, now_));
    CPPUNIT_ASSERT_EQUAL(std::string("would be reached: ").append(Admission::kRatesReached.text),
                         listener_->told.at(0));
  }

 private:
  ConnectionPermit admit() { return listener_->admission().admit(peer_, {}, now_); }

  TimePoint now_{100h};
  PeerAddress peer_ = peer("192.0.2.1");
  ServerUsage server_;
  std::shared_ptr<FakeListener> listener_ = std::make_shared<FakeListener>(server_);
};
CPPUNIT_TEST_SUITE_REGISTRATION(RateLimiterTest);

}  // namespace
}  // namespace netkit::testing
