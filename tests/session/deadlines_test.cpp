#include "session/deadlines.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace netkit::testing {
namespace {

using namespace std::chrono_literals;
using Over = Deadlines::Over;

class DeadlinesTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DeadlinesTest);
  CPPUNIT_TEST(silence_from_the_beginning);
  CPPUNIT_TEST(silence_later);
  CPPUNIT_TEST(silence_from_the_beginning_of_a_later_handshake);
  CPPUNIT_TEST(a_slow_message_is_over_though_bytes_keep_coming);
  CPPUNIT_TEST(each_message_has_its_own_time);
  CPPUNIT_TEST(a_message_has_no_time_while_it_is_not_read);
  CPPUNIT_TEST(a_peer_that_takes_nothing);
  CPPUNIT_TEST(a_slow_call_is_no_idleness);
  CPPUNIT_TEST(a_life_ends);
  CPPUNIT_TEST(the_end_is_bounded);
  CPPUNIT_TEST(who_has_not_asked_has_a_second_before_the_end);
  CPPUNIT_TEST(a_pause_is_no_idleness);
  CPPUNIT_TEST(without_timeouts_there_is_nothing_to_look_at);
  CPPUNIT_TEST(a_look_is_asked_for_only_when_it_is_sooner);
  CPPUNIT_TEST_SUITE_END();

 public:
  void silence_from_the_beginning() {
    Deadlines deadlines(timeouts_, start_);
    CPPUNIT_ASSERT_EQUAL(none, at(deadlines, 9s));
    CPPUNIT_ASSERT_EQUAL(std::string("first-byte-timeout"), at(deadlines, 10s));
  }

  void silence_later() {
    Deadlines deadlines = talking();
    deadlines.moved(start_ + 40s);
    CPPUNIT_ASSERT_EQUAL(none, at(deadlines, 99s));
    CPPUNIT_ASSERT_EQUAL(std::string("idle"), at(deadlines, 100s));
  }

  void silence_from_the_beginning_of_a_later_handshake() {
    Deadlines deadlines = talking();
    deadlines.moved(start_ + 40s);
    CPPUNIT_ASSERT(deadlines.next_look() == start_ + 10s);
    CPPUNIT_ASSERT_EQUAL(none, at(deadlines, 40s));
    CPPUNIT_ASSERT(deadlines.next_look() == start_ + 100s);
    deadlines.await_handshake(start_ + 40s);
    CPPUNIT_ASSERT(deadlines.next_look() == start_ + 50s);
    CPPUNIT_ASSERT_EQUAL(none, at(deadlines, 49s));
    CPPUNIT_ASSERT_EQUAL(std::string("first-byte-timeout"), at(deadlines, 50s));
    deadlines.heard();
    CPPUNIT_ASSERT_EQUAL(none, at(deadlines, 50s));
  }

  void a_slow_message_is_over_though_bytes_keep_coming() {
    Deadlines deadlines = talking();
    for (auto time = 5s; time < 35s; time += 1s) {
      deadlines.moved(start_ + time);
      deadlines.part_held(true, 0, start_ + time);
      CPPUNIT_ASSERT_EQUAL(none, at(deadlines, time));
    }
    CPPUNIT_ASSERT_EQUAL(std::string("message-timeout"), at(deadlines, 35s));
  }

  void each_message_has_its_own_time() {
    Deadlines deadlines = talking();
    deadlines.part_held(true, 1, start_ + 5s);
    deadlines.part_held(true, 2, start_ + 25s);
    CPPUNIT_ASSERT_EQUAL(none, at(deadlines, 54s));
    CPPUNIT_ASSERT_EQUAL(std::string("message-timeout"), at(deadlines, 55s));
    deadlines.part_held(false, 2, start_ + 55s);
    CPPUNIT_ASSERT_EQUAL(none, at(deadlines, 55s));
  }

  void a_message_has_no_time_while_it_is_not_read() {
    Deadlines deadlines = talking();
    deadlines.part_held(true, 0, start_ + 1s);
    deadlines.reading(false, start_ + 10s);
    CPPUNIT_ASSERT_EQUAL(none, at(deadlines, 50s));
    deadlines.reading(true, start_ + 50s);
    deadlines.moved(start_ + 50s);
    CPPUNIT_ASSERT_EQUAL(none, at(deadlines, 79s));
    CPPUNIT_ASSERT_EQUAL(std::string("message-timeout"), at(deadlines, 80s));
  }

  void a_peer_that_takes_nothing() {
    Deadlines deadlines = talking();
    deadlines.answers_wait(true, false, start_ + 10s);
    deadlines.answers_wait(true, true, start_ + 30s);  // it took some
    for (auto time = 31s; time < 50s; time += 1s) {
      deadlines.moved(start_ + time);  // and keeps sending
      deadlines.answers_wait(true, false, start_ + time);
    }
    CPPUNIT_ASSERT_EQUAL(none, at(deadlines, 49s));
    CPPUNIT_ASSERT_EQUAL(std::string("write-stall"), at(deadlines, 50s));
    deadlines.answers_wait(false, true, start_ + 50s);
    CPPUNIT_ASSERT_EQUAL(none, at(deadlines, 90s));
  }

  void a_slow_call_is_no_idleness() {
    Deadlines deadlines = talking();
    deadlines.call_open(1, true, start_ + 1s);
    CPPUNIT_ASSERT_EQUAL(none, at(deadlines, 400s));
    CPPUNIT_ASSERT_EQUAL(std::string("handler-timeout"), at(deadlines, 401s));
    deadlines.call_open(0, false, start_ + 401s);
    deadlines.moved(start_ + 401s);
    CPPUNIT_ASSERT_EQUAL(none, at(deadlines, 460s));
    CPPUNIT_ASSERT_EQUAL(std::string("idle"), at(deadlines, 461s));
  }

  void a_life_ends() {
    Deadlines deadlines = talking();
    deadlines.moved(start_ + 990s);
    CPPUNIT_ASSERT_EQUAL(none, at(deadlines, 999s));
    CPPUNIT_ASSERT_EQUAL(std::string("lifetime"), at(deadlines, 1000s));
  }

  void the_end_is_bounded() {
    Deadlines deadlines = talking();
    deadlines.call_open(1, true, start_ + 1s);
    deadlines.ending(start_ + 100s);
    deadlines.ending(start_ + 102s);  // the first one counts
    CPPUNIT_ASSERT(deadlines.look(start_ + 104s).over == Over::nothing);
    CPPUNIT_ASSERT(deadlines.look(start_ + 105s).over == Over::drain);
  }

  void who_has_not_asked_has_a_second_before_the_end() {
    Deadlines deadlines(timeouts_, start_);
    deadlines.last_chance(start_ + 2s);
    CPPUNIT_ASSERT(deadlines.next_look() == start_ + 3s);
    CPPUNIT_ASSERT(deadlines.look(start_ + 3s).over == Over::drain);
    deadlines.ending(start_ + 3s);
    CPPUNIT_ASSERT(deadlines.look(start_ + 7s).over == Over::nothing);
    CPPUNIT_ASSERT(deadlines.look(start_ + 8s).over == Over::drain);
    Timeouts hasty = timeouts_;
    hasty.drain = 1s;  // of which half is for what it asks
    Deadlines other(hasty, start_);
    other.last_chance(start_);
    CPPUNIT_ASSERT(other.look(start_ + 500ms).over == Over::drain);
  }

  void a_pause_is_no_idleness() {
    Deadlines deadlines = talking();
    deadlines.pause(start_ + 500s);
    CPPUNIT_ASSERT_EQUAL(none, at(deadlines, 499s));
    CPPUNIT_ASSERT(deadlines.look(start_ + 500s).over == Over::pause);
    deadlines.resume(start_ + 500s);
    CPPUNIT_ASSERT_EQUAL(none, at(deadlines, 559s));
    CPPUNIT_ASSERT_EQUAL(std::string("idle"), at(deadlines, 560s));
  }

  void without_timeouts_there_is_nothing_to_look_at() {
    const Timeouts none_at_all{0s, 0s, 0s, 0s, 0s, 0s, 0s};
    Deadlines deadlines(none_at_all, start_);
    deadlines.part_held(true, 0, start_);
    deadlines.answers_wait(true, false, start_);
    deadlines.call_open(1, true, start_);
    CPPUNIT_ASSERT(deadlines.next_look() == Deadlines::kNever);
    CPPUNIT_ASSERT_EQUAL(none, at(deadlines, 100h));
    deadlines.ending(start_);  // no drain is no time at all
    CPPUNIT_ASSERT(deadlines.next_look() == start_);
  }

  void a_look_is_asked_for_only_when_it_is_sooner() {
    Deadlines deadlines(timeouts_, start_);
    CPPUNIT_ASSERT(deadlines.next_look() == start_ + 10s);
    deadlines.heard();
    deadlines.part_held(true, 1, start_ + 1s);
    CPPUNIT_ASSERT(deadlines.next_look() == Deadlines::kNever);
    CPPUNIT_ASSERT_EQUAL(none, at(deadlines, 10s));
    CPPUNIT_ASSERT(deadlines.next_look() == start_ + 31s);
    deadlines.answers_wait(true, false, start_ + 2s);
    CPPUNIT_ASSERT(deadlines.next_look() == start_ + 22s);
    CPPUNIT_ASSERT(deadlines.next_look() == Deadlines::kNever);
  }

 private:
  Deadlines talking() {
    Deadlines deadlines(timeouts_, start_);
    deadlines.heard();
    return deadlines;
  }

  std::string at(Deadlines& deadlines, std::chrono::nanoseconds time) {
    return to_string(deadlines.look(start_ + time).reason);
  }

  const std::string none = "none";
  const TimePoint start_{100h};
  const Timeouts timeouts_{.first_byte = 10s,
                           .message = 30s,
                           .idle = 60s,
                           .write_stall = 20s,
                           .handler = 400s,
                           .lifetime = 1000s,
                           .drain = 5s};
};
CPPUNIT_TEST_SUITE_REGISTRATION(DeadlinesTest);

}  // namespace
}  // namespace netkit::testing
