#include <arpa/inet.h>
#include <cppunit/extensions/HelperMacros.h>

#include <stdexcept>
#include <string>

#include "admission/address_range.h"
#include "admission/source_table.h"

namespace netkit::testing {
namespace {

IpAddress ip(const std::string& text) {
  unsigned char bytes[16];
  if (::inet_pton(AF_INET, text.c_str(), bytes) == 1) return IpAddress::v4(bytes);
  CPPUNIT_ASSERT_EQUAL_MESSAGE(text, 1, ::inet_pton(AF_INET6, text.c_str(), bytes));
  return IpAddress::v6(bytes);
}

bool in(const std::string& range, const std::string& address) {
  return AddressRange::parse(range).contains(ip(address));
}

std::string refusal(const std::string& text) {
  try {
    AddressRange::parse(text);
    return "accepted";
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

class AddressTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(AddressTest);
  CPPUNIT_TEST(a_range_holds_its_first_and_last_address_and_no_other);
  CPPUNIT_TEST(one_address_is_a_range);
  CPPUNIT_TEST(mapped_ipv4_is_ipv4);
  CPPUNIT_TEST(an_ipv6_range_holds_no_ipv4);
  CPPUNIT_TEST(a_range_of_all_addresses_is_known);
  CPPUNIT_TEST(what_is_no_range_is_refused);
  CPPUNIT_TEST(deny_wins_and_allow_shuts_out_the_rest);
  CPPUNIT_TEST(loopback_is_known);
  CPPUNIT_TEST(a_source_is_an_ipv4_address_or_an_ipv6_network);
  CPPUNIT_TEST(connections_of_a_source_are_counted);
  CPPUNIT_TEST(the_source_idle_for_the_longest_is_forgotten);
  CPPUNIT_TEST(a_source_with_a_connection_is_never_forgotten);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_range_holds_its_first_and_last_address_and_no_other() {
    CPPUNIT_ASSERT(in("10.0.0.0/8", "10.0.0.0") && in("10.0.0.0/8", "10.255.255.255"));
    CPPUNIT_ASSERT(!in("10.0.0.0/8", "9.255.255.255") && !in("10.0.0.0/8", "11.0.0.0"));
    CPPUNIT_ASSERT(in("192.0.2.128/25", "192.0.2.200") && !in("192.0.2.128/25", "192.0.2.127"));
    CPPUNIT_ASSERT(in("0.0.0.0/0", "255.255.255.255"));
    CPPUNIT_ASSERT(in("fd00::/8", "fdff::1") && !in("fd00::/8", "fe00::1"));
    CPPUNIT_ASSERT(in("2001:db8::/33", "2001:db8:7fff::") && !in("2001:db8::/33", "2001:db8:8000::"));
    CPPUNIT_ASSERT(in("::/0", "ffff::"));
  }

  void one_address_is_a_range() {
    CPPUNIT_ASSERT(in("192.0.2.7", "192.0.2.7") && !in("192.0.2.7", "192.0.2.6"));
    CPPUNIT_ASSERT(in("::1", "::1") && !in("::1", "::2"));
    CPPUNIT_ASSERT(in("192.0.2.7/32", "192.0.2.7") && in("::1/128", "::1"));
  }

  void mapped_ipv4_is_ipv4() {
    CPPUNIT_ASSERT(in("10.0.0.0/8", "::ffff:10.1.2.3"));
    CPPUNIT_ASSERT(in("::ffff:10.0.0.0/104", "10.1.2.3") && !in("::ffff:10.0.0.0/104", "11.1.2.3"));
  }

  void an_ipv6_range_holds_no_ipv4() { CPPUNIT_ASSERT(!in("::/0", "10.1.2.3") && !in("0.0.0.0/0", "2001:db8::1")); }

  void a_range_of_all_addresses_is_known() {
    for (const char* all : {"0.0.0.0/0", "::/0", "::ffff:0.0.0.0/96"}) {
      CPPUNIT_ASSERT_MESSAGE(all, AddressRange::parse(all).holds_all());
    }
    for (const char* some : {"0.0.0.0/1", "::/1", "10.0.0.0/8", "::1", "192.0.2.7"}) {
      CPPUNIT_ASSERT_MESSAGE(some, !AddressRange::parse(some).holds_all());
    }
  }

  void what_is_no_range_is_refused() {
    const std::string example = "', expected a numeric address or range, such as 10.0.0.0/8, 192.0.2.7 or fd00::/8";
    for (const std::string text : {"", "/8", "localhost", "10.0.0", "10.0.0.256", "[::1]", "::g/8", "10.0.0.1:80"}) {
      CPPUNIT_ASSERT_EQUAL("found '" + text + example, refusal(text));
    }
    for (const std::string text : {"10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.0/255.0.0.0"}) {
      CPPUNIT_ASSERT_EQUAL("found '" + text + "', expected a prefix from /0 to /32", refusal(text));
    }
    CPPUNIT_ASSERT_EQUAL(std::string("found '::/129', expected a prefix from /0 to /128"), refusal("::/129"));
    CPPUNIT_ASSERT_EQUAL(
        std::string("found '10.1.0.0/8', expected a range that begins at its first address: 10.0.0.0/8"),
        refusal("10.1.0.0/8"));
    CPPUNIT_ASSERT_EQUAL(std::string("found 'fd00::1/8', expected a range that begins at its first address: fd00::/8"),
                         refusal("fd00::1/8"));
  }

  void deny_wins_and_allow_shuts_out_the_rest() {
    AccessList access;
    CPPUNIT_ASSERT(access.admits(ip("192.0.2.1")));
    access.deny.push_back(AddressRange::parse("10.9.0.0/16"));
    CPPUNIT_ASSERT(access.admits(ip("192.0.2.1")) && !access.admits(ip("10.9.1.1")));
    access.allow.push_back(AddressRange::parse("10.0.0.0/8"));
    CPPUNIT_ASSERT(access.admits(ip("10.1.1.1")) && !access.admits(ip("10.9.1.1")) && !access.admits(ip("192.0.2.1")));
    CPPUNIT_ASSERT(!access.admits(ip("2001:db8::1")));
  }

  void loopback_is_known() {
    for (const char* text : {"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"}) {
      CPPUNIT_ASSERT_MESSAGE(text, ip(text).is_loopback());
    }
    for (const char* text : {"128.0.0.1", "::", "::2", "7f00::1"})
      CPPUNIT_ASSERT_MESSAGE(text, !ip(text).is_loopback());
  }

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
CPPUNIT_TEST_SUITE_REGISTRATION(AddressTest);

}  // namespace
}  // namespace netkit::testing
