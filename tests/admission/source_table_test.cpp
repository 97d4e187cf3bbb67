#include "admission/source_table.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "admission/addresses.h"

namespace netkit::testing {
namespace {

class SourceTableTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SourceTableTest);
  CPPUNIT_TEST(a_source_is_an_ipv4_address_or_an_ipv6_network);
  CPPUNIT_TEST(connections_of_a_source_are_counted);
  CPPUNIT_TEST(the_source_idle_for_the_longest_is_forgotten);
  CPPUNIT_TEST(a_source_with_a_connection_is_never_forgotten);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_source_is_an_ipv4_address_or_an_ipv6_network() {
    SourceTable table;
    Source& one = table.enter(ip("192.0.2.1")).source;
    CPPUNIT_ASSERT(&one == &table.enter(ip("::ffff:192.0.2.1")).source);
    CPPUNIT_ASSERT(&one != &table.enter(ip("192.0.2.2")).source);
    Source& network = table.enter(ip("2001:db8::1")).source;
    CPPUNIT_ASSERT(&network == &table.enter(ip("2001:db8::ffff:1:2:3")).source);
    CPPUNIT_ASSERT(&network != &table.enter(ip("2001:db8:0:1::1")).source);
    CPPUNIT_ASSERT_EQUAL(std::size_t{4}, table.size());
  }

  void connections_of_a_source_are_counted() {
    SourceTable table;
    Source& source = table.enter(ip("192.0.2.1")).source;
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, table.enter(ip("192.0.2.1")).connections);
    table.leave(source);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, table.enter(ip("192.0.2.1")).connections);
    table.leave(source);
    table.leave(source);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, table.enter(ip("192.0.2.1")).connections);
  }

  void the_source_idle_for_the_longest_is_forgotten() {
    SourceTable table(3);
    const BucketSize one(Rate{1, std::chrono::hours(1)});
    const auto take = [&](const char* text) {
      return table.with(ip(text), [&](Source& source) { return source.messages.take(one, TimePoint{}); });
    };
    CPPUNIT_ASSERT(take("192.0.2.1") && take("192.0.2.2") && take("192.0.2.3"));
    CPPUNIT_ASSERT(!take("192.0.2.1"));  // known, and now the last that was seen
    CPPUNIT_ASSERT(take("192.0.2.4"));   // the second gives way
    CPPUNIT_ASSERT(!take("192.0.2.1") && !take("192.0.2.3") && take("192.0.2.2"));
    for (int i = 0; i < 1000; ++i) take(("10.0.0." + std::to_string(i % 256)).c_str());
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, table.size());
  }

  void a_source_with_a_connection_is_never_forgotten() {
    SourceTable table(2);
    Source& source = table.enter(ip("192.0.2.1")).source;
    for (int i = 0; i < 100; ++i) table.leave(table.enter(ip("10.0.0." + std::to_string(i))).source);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, table.size());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, table.enter(ip("192.0.2.1")).connections);
    table.leave(source);
    table.leave(source);
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SourceTableTest);

}  // namespace
}  // namespace netkit::testing
