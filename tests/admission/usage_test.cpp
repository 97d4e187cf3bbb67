#include "admission/usage.h"

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <memory>

#include "admission/counting_waiter.h"

namespace netkit::testing {
namespace {

using namespace std::chrono_literals;

class UsageTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(UsageTest);
  CPPUNIT_TEST(only_messages_and_bytes_are_traffic);
  CPPUNIT_TEST(a_server_has_the_limits_it_was_given_last);
  CPPUNIT_TEST(new_limits_are_told_to_those_who_wait);
  CPPUNIT_TEST_SUITE_END();

 public:
  void only_messages_and_bytes_are_traffic() {
    CPPUNIT_ASSERT(!QuotaRates().limits_traffic());
    CPPUNIT_ASSERT(!QuotaRates(Quota{.connections = 1, .connection_rate = {1, 1s}}).limits_traffic());
    CPPUNIT_ASSERT(QuotaRates(Quota{.messages = {1, 1s}}).limits_traffic());
    CPPUNIT_ASSERT(QuotaRates(Quota{.bytes = {1, 1s}}).limits_traffic());
  }

  void a_server_has_the_limits_it_was_given_last() {
    ServerUsage server;
    CPPUNIT_ASSERT(!server.rated() && !server.rates().connection_rate.limited());
    server.use({.connections = 7, .connection_rate = {1, 1s}});
    CPPUNIT_ASSERT(server.rated() && server.rates().connection_rate.limited());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{7}, server.most_connections.load());
    server.use({.connections = 8});
    CPPUNIT_ASSERT(!server.rated() && !server.rates().connection_rate.limited());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{8}, server.most_connections.load());
  }

  void new_limits_are_told_to_those_who_wait() {
    ServerUsage server;
    const auto waiter = std::make_shared<CountingWaiter>();
    server.waiters.add(waiter);
    server.use({.connections = 1});
    CPPUNIT_ASSERT_EQUAL(1, waiter->calls);
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(UsageTest);

}  // namespace
}  // namespace netkit::testing
