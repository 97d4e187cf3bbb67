#include "admission/connection_permit.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <utility>

#include "admission/addresses.h"
#include "admission/counting_waiter.h"
#include "admission/fake_listener.h"

namespace netkit::testing {
namespace {

class ConnectionPermitTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ConnectionPermitTest);
  CPPUNIT_TEST(it_goes_back_once);
  CPPUNIT_TEST(it_gives_back_what_its_source_had);
  CPPUNIT_TEST(one_that_is_assigned_over_goes_back);
  CPPUNIT_TEST(those_who_wait_are_told_when_it_goes_back);
  CPPUNIT_TEST(it_keeps_its_listener);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override { server_.most_connections = 10; }

  void it_goes_back_once() {
    {
      ConnectionPermit permit = take();
      const ConnectionPermit moved = std::move(permit);
      CPPUNIT_ASSERT(moved);
      CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, listener_->usage.connections.load());
      CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, server_.connections.load());
    }
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, listener_->usage.connections.load());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, server_.connections.load());
  }

  void it_gives_back_what_its_source_had() {
    listener_->limits.per_source.connections = 1;
    for (int i = 0; i < 3; ++i) {
      const ConnectionPermit permit = take();
      CPPUNIT_ASSERT(permit && permit.source() != nullptr);
      CPPUNIT_ASSERT(!take());
    }
  }

  void one_that_is_assigned_over_goes_back() {
    ConnectionPermit permit = take();
    permit = take();
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, server_.connections.load());
    permit = ConnectionPermit();
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, server_.connections.load());
  }

  void those_who_wait_are_told_when_it_goes_back() {
    const auto waiter = std::make_shared<CountingWaiter>();
    ConnectionPermit permit = take();
    server_.waiters.add(waiter);
    CPPUNIT_ASSERT_EQUAL(0, waiter->calls);
    permit = ConnectionPermit();
    CPPUNIT_ASSERT_EQUAL(1, waiter->calls);
  }

  void it_keeps_its_listener() {
    const std::weak_ptr<FakeListener> watched = listener_;
    ConnectionPermit permit = take();
    listener_.reset();
    CPPUNIT_ASSERT(!watched.expired());
    permit = ConnectionPermit();
    CPPUNIT_ASSERT(watched.expired());
  }

 private:
  ConnectionPermit take() { return listener_->admission().admit(peer("192.0.2.1"), {}, TimePoint{}); }

  ServerUsage server_;
  std::shared_ptr<FakeListener> listener_ = std::make_shared<FakeListener>(server_);
};
CPPUNIT_TEST_SUITE_REGISTRATION(ConnectionPermitTest);

}  // namespace
}  // namespace netkit::testing
