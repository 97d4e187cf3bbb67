#include "pool/back_off.h"

#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

namespace netkit::process {

class BackOffTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(BackOffTest);
  CPPUNIT_TEST(it_doubles_up_to_a_minute);
  CPPUNIT_TEST(use_resets_it);
  CPPUNIT_TEST_SUITE_END();

 public:
  void it_doubles_up_to_a_minute() {
    BackOff back_off;
    for (const int expected : {100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000}) {
      CPPUNIT_ASSERT_EQUAL(std::int64_t{expected}, back_off.next().count());
    }
  }
  void use_resets_it() {
    BackOff back_off;
    back_off.next();
    back_off.next();
    back_off.reset();
    CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, back_off.next().count());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(BackOffTest);

}  // namespace netkit::process
