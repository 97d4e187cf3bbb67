#include "program/patience.h"

#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <chrono>

namespace netkit::process {

using std::chrono::seconds;

class PatienceTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(PatienceTest);
  CPPUNIT_TEST(who_does_nothing_is_late);
  CPPUNIT_TEST(an_answer_is_a_move);
  CPPUNIT_TEST(taking_input_is_a_move_of_who_owes_no_answer);
  CPPUNIT_TEST(the_next_look_is_no_later_than_the_end);
  CPPUNIT_TEST_SUITE_END();

 public:
  void who_does_nothing_is_late() {
    CPPUNIT_ASSERT(!patience_.is_over(0, true, after(7)));
    CPPUNIT_ASSERT(patience_.is_over(0, true, after(8)));
    patience_.restart(after(8));
    CPPUNIT_ASSERT(!patience_.is_over(0, true, after(15)));
  }
  void an_answer_is_a_move() {
    patience_.note_answer();
    CPPUNIT_ASSERT(!patience_.is_over(0, true, after(8)));
    CPPUNIT_ASSERT(!patience_.is_over(0, true, after(15)));
    CPPUNIT_ASSERT(patience_.is_over(0, true, after(16)));
  }
  void taking_input_is_a_move_of_who_owes_no_answer() {
    CPPUNIT_ASSERT(!patience_.is_over(1, false, after(8)));
    CPPUNIT_ASSERT(!patience_.is_over(2, false, after(16)));
    CPPUNIT_ASSERT(patience_.is_over(2, false, after(24)));
    CPPUNIT_ASSERT(patience_.is_over(3, true, after(24)));
  }
  void the_next_look_is_no_later_than_the_end() {
    CPPUNIT_ASSERT(patience_.next_look(after(0)) == after(1));
    CPPUNIT_ASSERT(patience_.next_look(after(8)) == after(8));
  }

 private:
  Patience::Clock::time_point after(int count) const { return start_ + seconds(count); }

  const Patience::Clock::time_point start_ = Patience::Clock::now();
  Patience patience_ = [this] {
    Patience made{seconds(8)};
    made.restart(start_);
    return made;
  }();
};

CPPUNIT_TEST_SUITE_REGISTRATION(PatienceTest);

}  // namespace netkit::process
