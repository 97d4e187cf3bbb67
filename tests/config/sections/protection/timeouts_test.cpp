#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <string>

#include "config/loading.h"

namespace netkit::test {

class TimeoutsSectionTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TimeoutsSectionTest);
  CPPUNIT_TEST(drain_of_the_server);
  CPPUNIT_TEST(listener_inherits);
  CPPUNIT_TEST(listener_sets_its_own);
  CPPUNIT_TEST_SUITE_END();

 public:
  void drain_of_the_server() {
    const ServerConfig config = load_everything();
    CPPUNIT_ASSERT(config.drain == std::chrono::seconds(10));
    CPPUNIT_ASSERT(config.listeners.at(0).timeouts.drain == std::chrono::seconds(10));
    CPPUNIT_ASSERT(longest_drain(config) == std::chrono::seconds(45));
  }

  void listener_inherits() {
    const ServerConfig config = load_everything();
    const Timeouts& plain = config.listeners.at(0).timeouts;
    CPPUNIT_ASSERT(plain.idle == std::chrono::minutes(2));
    CPPUNIT_ASSERT(plain.message == Timeouts().message);
    CPPUNIT_ASSERT(config.listeners.at(3).timeouts.idle == std::chrono::nanoseconds(0));
  }

  void listener_sets_its_own() {
    const Timeouts guarded = load_everything().listeners.at(6).timeouts;
    CPPUNIT_ASSERT(guarded.first_byte == std::chrono::seconds(1));
    CPPUNIT_ASSERT(guarded.message == std::chrono::seconds(2));
    CPPUNIT_ASSERT(guarded.idle == std::chrono::minutes(2));
    CPPUNIT_ASSERT(guarded.write_stall == std::chrono::seconds(3));
    CPPUNIT_ASSERT(guarded.handler == std::chrono::seconds(4));
    CPPUNIT_ASSERT(guarded.lifetime == std::chrono::hours(24));
    CPPUNIT_ASSERT(guarded.drain == std::chrono::seconds(45));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TimeoutsSectionTest);

}  // namespace netkit::test
