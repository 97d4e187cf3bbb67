#include "session/close_reason.h"

#include <cppunit/extensions/HelperMacros.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>

namespace netkit::testing {
namespace {

class CloseReasonTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CloseReasonTest);
  CPPUNIT_TEST(each_has_a_name_of_its_own);
  CPPUNIT_TEST(each_is_documented);
  CPPUNIT_TEST_SUITE_END();

 public:
  void each_has_a_name_of_its_own() {
    std::set<std::string> names;
    for (int i = 0; i < kCloseReasons; ++i) names.insert(to_string(static_cast<CloseReason>(i)));
    CPPUNIT_ASSERT_EQUAL(std::size_t{kCloseReasons}, names.size());
    CPPUNIT_ASSERT(!names.contains(to_string(static_cast<CloseReason>(kCloseReasons))));
  }

  void each_is_documented() {
    std::ostringstream page;
    page << std::ifstream("docs/config.md").rdbuf();
    for (int i = 1; i < kCloseReasons; ++i) {
      const std::string name = to_string(static_cast<CloseReason>(i));
      CPPUNIT_ASSERT_MESSAGE(name, page.str().find('`' + name + '`') != std::string::npos);
    }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CloseReasonTest);

}  // namespace
}  // namespace netkit::testing
