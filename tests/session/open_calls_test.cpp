#include "session/open_calls.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>
#include <utility>

namespace netkit::testing {
namespace {

class OpenCallsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(OpenCallsTest);
  CPPUNIT_TEST(calls_stand_in_the_order_of_their_messages);
  CPPUNIT_TEST(a_call_is_found_by_its_number_however_many_are_left_out);
  CPPUNIT_TEST(the_weight_is_that_of_what_is_held);
  CPPUNIT_TEST(those_opened_are_counted_since_the_last_time);
  CPPUNIT_TEST_SUITE_END();

 public:
  void calls_stand_in_the_order_of_their_messages() {
    open({7, 8, 9});
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{7}, calls_.front().number);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{9}, calls_.back().number);
    calls_.pop_front();
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{8}, calls_.front().number);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, calls_.size());
  }

  void a_call_is_found_by_its_number_however_many_are_left_out() {
    open({3, 7, 20});
    CPPUNIT_ASSERT(calls_.find(7) != nullptr && calls_.find(7)->number == 7);
    CPPUNIT_ASSERT(calls_.find(20) == &calls_.back());
    for (const std::uint64_t other : {0, 4, 8, 21}) CPPUNIT_ASSERT(calls_.find(other) == nullptr);
    calls_.pop_front();
    CPPUNIT_ASSERT(calls_.find(3) == nullptr);
  }

  void the_weight_is_that_of_what_is_held() {
    open({1, 2});
    hold(1, 10);
    hold(2, 100);
    hold(2, 1000);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1110}, calls_.weight());
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, calls_.take_held().size());
    CPPUNIT_ASSERT_EQUAL(std::size_t{1100}, calls_.weight());
    calls_.pop_front();
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, calls_.take_held().size());
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, calls_.weight());
  }

  void those_opened_are_counted_since_the_last_time() {
    open({1, 2});
    calls_.pop_front();
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, calls_.take_opened());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, calls_.take_opened());
    open({3});
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, calls_.take_opened());
  }

 private:
  void open(std::initializer_list<std::uint64_t> numbers) {
    for (const std::uint64_t number : numbers) calls_.open(number);
  }
  void hold(std::uint64_t number, std::size_t bytes) {
    LateAnswer answer;
    answer.body = std::make_shared<const std::string>(bytes, 'x');
    calls_.hold(*calls_.find(number), std::move(answer));
  }

  OpenCalls calls_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(OpenCallsTest);

}  // namespace
}  // namespace netkit::testing
