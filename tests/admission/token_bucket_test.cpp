#include "admission/token_bucket.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <thread>
#include <vector>

namespace netkit::testing {
namespace {

using namespace std::chrono_literals;

class TokenBucketTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TokenBucketTest);
  CPPUNIT_TEST(a_new_bucket_holds_the_tokens_of_one_period);
  CPPUNIT_TEST(tokens_come_back_one_by_one);
  CPPUNIT_TEST(a_long_rest_fills_it_but_not_over);
  CPPUNIT_TEST(what_is_owed_has_to_fill_first);
  CPPUNIT_TEST(slow_and_fast_rates_are_exact);
  CPPUNIT_TEST(a_huge_debt_does_not_overflow);
  CPPUNIT_TEST(threads_share_the_tokens);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_new_bucket_holds_the_tokens_of_one_period() {
    for (int i = 0; i < 5; ++i) CPPUNIT_ASSERT(bucket_.take(five_, now_));
    CPPUNIT_ASSERT(!bucket_.take(five_, now_));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, bucket_.available(five_, now_));
  }

  void tokens_come_back_one_by_one() {
    bucket_.charge(five_, now_, 5);
    CPPUNIT_ASSERT(bucket_.ready(five_, now_) == now_ + 200ms);
    CPPUNIT_ASSERT(!bucket_.take(five_, now_ + 199ms));
    CPPUNIT_ASSERT(bucket_.take(five_, now_ + 200ms));
    CPPUNIT_ASSERT(!bucket_.take(five_, now_ + 399ms));
    CPPUNIT_ASSERT(bucket_.take(five_, now_ + 400ms));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, bucket_.available(five_, now_ + 1s));
  }

  void a_long_rest_fills_it_but_not_over() {
    bucket_.charge(five_, now_, 5);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{5}, bucket_.available(five_, now_ + 1h));
    CPPUNIT_ASSERT(bucket_.ready(five_, now_ + 1h) <= now_ + 1h);
  }

  void what_is_owed_has_to_fill_first() {
    bucket_.charge(five_, now_, 15);  // ten more than there are
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, bucket_.available(five_, now_ + 2s));
    CPPUNIT_ASSERT(bucket_.ready(five_, now_) == now_ + 2200ms);
  }

  void slow_and_fast_rates_are_exact() {
    for (const Rate& rate : {Rate{3, 1h}, Rate{7, 1min}, Rate{1'000'000, 1s}, Rate{std::int64_t{10} << 30, 1s}}) {
      const BucketSize size(rate);
      TokenBucket bucket;
      const auto all = static_cast<double>(rate.count);
      for (int period = 0; period < 100; ++period) {
        const TimePoint at = now_ + period * rate.period;
        CPPUNIT_ASSERT_DOUBLES_EQUAL(all, static_cast<double>(bucket.available(size, at)), all / 1e6);
        bucket.charge(size, at, all);
      }
    }
  }

  void a_huge_debt_does_not_overflow() {
    const BucketSize slow(Rate{1, 1h});
    for (int i = 0; i < 3; ++i) bucket_.charge(slow, now_, 1e18);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, bucket_.available(slow, now_ + 1h));
    CPPUNIT_ASSERT(bucket_.ready(slow, now_) > now_ + 1h);
  }

  void threads_share_the_tokens() {
    const BucketSize thousand(Rate{1000, 1s});
    std::atomic<int> taken{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int j = 0; j < 1000; ++j) taken += bucket_.take(thousand, now_) ? 1 : 0;
      });
    }
    for (std::thread& thread : threads) thread.join();
    CPPUNIT_ASSERT_EQUAL(1000, taken.load());
  }

 private:
  TimePoint now_{100h};
  TokenBucket bucket_;
  BucketSize five_{Rate{5, 1s}};
};
CPPUNIT_TEST_SUITE_REGISTRATION(TokenBucketTest);

}  // namespace
}  // namespace netkit::testing
