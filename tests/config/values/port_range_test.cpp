#include "config/values/port_range.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "support/refusal.h"

namespace netkit::test {

class PortRangeTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(PortRangeTest);
  CPPUNIT_TEST(a_port_is_a_number_and_nothing_else);
  CPPUNIT_TEST(a_range_is_one_port_or_two_in_order);
  CPPUNIT_TEST(wrong_ranges);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_port_is_a_number_and_nothing_else() {
    CPPUNIT_ASSERT(parse_port("0") == 0);
    CPPUNIT_ASSERT(parse_port("65535") == 65535);
    for (const std::string wrong : {"", "65536", "-1", "+1", " 1", "1 ", "http", "0x50"}) {
      CPPUNIT_ASSERT_MESSAGE(wrong, !parse_port(wrong));
    }
  }

  void a_range_is_one_port_or_two_in_order() {
    for (const std::string same : {"53", "6000-6010"}) equal(same, to_string(parse_port_range(same)));
    equal("7", to_string(parse_port_range("7-7")));
    CPPUNIT_ASSERT_EQUAL(std::uint16_t{53}, parse_port_range("53").last);
  }

  void wrong_ranges() {
    for (const std::string wrong : {"", "-", "7-", "-7", "9-7", "1-65536", "1-2-3"}) {
      equal("found '" + wrong + "', expected a port from 0 to 65535 or a range such as 6000-6010",
            refusal([&] { parse_port_range(wrong); }));
    }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PortRangeTest);

}  // namespace netkit::test
