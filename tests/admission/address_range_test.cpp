#include "admission/address_range.h"

#include <cppunit/extensions/HelperMacros.h>

#include <stdexcept>
#include <string>

#include "admission/addresses.h"

namespace netkit::testing {
namespace {

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

class AddressRangeTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(AddressRangeTest);
  CPPUNIT_TEST(a_range_holds_its_first_and_last_address_and_no_other);
  CPPUNIT_TEST(one_address_is_a_range);
  CPPUNIT_TEST(mapped_ipv4_is_ipv4);
  CPPUNIT_TEST(an_ipv6_range_holds_no_ipv4);
  CPPUNIT_TEST(ranges_of_strangers_are_known);
  CPPUNIT_TEST(what_is_no_range_is_refused);
  CPPUNIT_TEST(deny_wins_and_allow_shuts_out_the_rest);
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

  static bool strangers(std::initializer_list<const char*> texts) {
    std::vector<AddressRange> ranges;
    for (const char* text : texts) ranges.push_back(AddressRange::parse(text));
    return hold_strangers(ranges);
  }

  void ranges_of_strangers_are_known() {
    CPPUNIT_ASSERT(strangers({"0.0.0.0/0"}));
    CPPUNIT_ASSERT(strangers({"::/0"}));
    CPPUNIT_ASSERT(strangers({"::ffff:0.0.0.0/96"}));
    CPPUNIT_ASSERT(strangers({"0.0.0.0/1", "128.0.0.0/1"}));
    CPPUNIT_ASSERT(strangers({"10.0.0.0/8", "0.0.0.0/2", "64.0.0.0/3", "96.0.0.0/3"}));
    CPPUNIT_ASSERT(strangers({"2000::/4"}));
    CPPUNIT_ASSERT(strangers({"2000::/5", "2800::/5"}));
    CPPUNIT_ASSERT(!strangers({}));
    CPPUNIT_ASSERT(!strangers({"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "::1", "fe80::/10"}));
    CPPUNIT_ASSERT(!strangers({"0.0.0.0/2", "0.0.0.0/2", "0.0.0.0/3", "10.0.0.0/8"}));  // no address counts twice
    CPPUNIT_ASSERT(!strangers({"2001:db8::/32", "0.0.0.0/3", "::/3"}));
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
};
CPPUNIT_TEST_SUITE_REGISTRATION(AddressRangeTest);

}  // namespace
}  // namespace netkit::testing
