#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <filesystem>
#include <string>

#include "config/loading.h"
#include "support/files.h"

namespace netkit::test {

class EffectiveTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(EffectiveTest);
  CPPUNIT_TEST(has_every_default);
  CPPUNIT_TEST(is_a_config);
  CPPUNIT_TEST_SUITE_END();

 public:
  void has_every_default() {
    for (const char* name : {"windows.json", "windows.ini"}) {
      CPPUNIT_ASSERT_EQUAL(read_file("tests/config/effective.json"), effective(kGood / name));
    }
  }

  void is_a_config() {
    const TemporaryFolder folder;
    for (const auto& entry : std::filesystem::directory_iterator(kGood)) {
      const std::string once = effective(entry.path());
      const std::filesystem::path copy = folder.path() / "effective.json";
      write_file(copy, once);
      CPPUNIT_ASSERT_EQUAL(once, effective(copy));
    }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(EffectiveTest);

}  // namespace netkit::test
