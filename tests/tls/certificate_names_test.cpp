#include "tls/certificate_names.h"

#include <cppunit/extensions/HelperMacros.h>

namespace netkit::testing {
namespace {

class NamePatternsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(NamePatternsTest);
  CPPUNIT_TEST(plain_names);
  CPPUNIT_TEST(stars_stay_within_a_label);
  CPPUNIT_TEST(many_stars_take_no_time);
  CPPUNIT_TEST_SUITE_END();

  static void plain_names() {
    CPPUNIT_ASSERT(matches_name("meter.example", "meter.example"));
    CPPUNIT_ASSERT(matches_name("Meter.Example", "meter.eXample"));
    CPPUNIT_ASSERT(!matches_name("meter.example", "meter.example.org"));
    CPPUNIT_ASSERT(!matches_name("meter.example", "xmeter.example"));
    CPPUNIT_ASSERT(!matches_name("", "x"));
    CPPUNIT_ASSERT(!matches_name("x", ""));
  }

  static void stars_stay_within_a_label() {
    CPPUNIT_ASSERT(matches_name("meter-*.example", "meter-17.example"));
    CPPUNIT_ASSERT(matches_name("meter-*.example", "meter-.example"));
    CPPUNIT_ASSERT(!matches_name("meter-*.example", "meter-17.evil.example"));
    CPPUNIT_ASSERT(!matches_name("meter-*.example", "meter-17.example.evil"));
    CPPUNIT_ASSERT(matches_name("*.example", "a.example"));
    CPPUNIT_ASSERT(!matches_name("*.example", "a.b.example"));
    CPPUNIT_ASSERT(matches_name("*.*.example", "a.b.example"));
    CPPUNIT_ASSERT(matches_name("a*b*c", "a-b-b-c"));
    CPPUNIT_ASSERT(!matches_name("a*b*c", "a-b-b-d"));
    CPPUNIT_ASSERT(matches_name("*", "host"));
    CPPUNIT_ASSERT(!matches_name("*", "host.example"));
  }

  /// A client chooses its names: trying every split of them would be its lever.
  static void many_stars_take_no_time() {
    const std::string name(20'000, 'a');
    CPPUNIT_ASSERT(!matches_name("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*ab", name));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(NamePatternsTest);

}  // namespace
}  // namespace netkit::testing
