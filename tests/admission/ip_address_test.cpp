#include "admission/ip_address.h"

#include <cppunit/extensions/HelperMacros.h>

#include "admission/addresses.h"

namespace netkit::testing {
namespace {

class IpAddressTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(IpAddressTest);
  CPPUNIT_TEST(a_mapped_address_is_the_ipv4_address);
  CPPUNIT_TEST(loopback_is_known);
  CPPUNIT_TEST(a_prefix_keeps_its_bits_and_no_other);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_mapped_address_is_the_ipv4_address() {
    CPPUNIT_ASSERT(ip("::ffff:192.0.2.1") == ip("192.0.2.1"));
    CPPUNIT_ASSERT(ip("::ffff:192.0.2.1").is_v4());
    CPPUNIT_ASSERT(!ip("::192.0.2.1").is_v4() && !ip("2001:db8::1").is_v4());
  }

  void loopback_is_known() {
    for (const char* text : {"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"}) {
      CPPUNIT_ASSERT_MESSAGE(text, ip(text).is_loopback());
    }
    for (const char* text : {"128.0.0.1", "::", "::2", "7f00::1"})
      CPPUNIT_ASSERT_MESSAGE(text, !ip(text).is_loopback());
  }

  void a_prefix_keeps_its_bits_and_no_other() {
    const IpAddress all = ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    CPPUNIT_ASSERT(all.prefix(0) == ip("::"));
    CPPUNIT_ASSERT(all.prefix(1) == ip("8000::"));
    CPPUNIT_ASSERT(all.prefix(33) == ip("ffff:ffff:8000::"));
    CPPUNIT_ASSERT(all.prefix(64) == ip("ffff:ffff:ffff:ffff::"));
    CPPUNIT_ASSERT(all.prefix(128) == all);
    CPPUNIT_ASSERT(ip("10.1.2.3").prefix(96 + 8) == ip("10.0.0.0"));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(IpAddressTest);

}  // namespace
}  // namespace netkit::testing
