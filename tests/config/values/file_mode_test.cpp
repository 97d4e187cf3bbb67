#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "config/values/file_mode.h"
#include "support/refusal.h"

namespace netkit::test {

class FileModeTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(FileModeTest);
  CPPUNIT_TEST(modes);
  CPPUNIT_TEST(wrong_modes);
  CPPUNIT_TEST_SUITE_END();

 public:
  void modes() {
    for (const char* mode : {"0600", "0660", "0007", "0777"}) equal(mode, mode_text(parse_mode(mode)));
    CPPUNIT_ASSERT_EQUAL(0660U, parse_mode("660"));
  }

  void wrong_modes() {
    for (const std::string wrong : {"", "60", "00600", "0680", "1777", "rw-", "+600"}) {
      equal("found '" + wrong + "', expected permissions in octal, such as 0600 or 0660",
            refusal([&] { parse_mode(wrong); }));
    }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FileModeTest);

}  // namespace netkit::test
