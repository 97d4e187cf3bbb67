#include "admission/rate_buckets.h"

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <cstdint>

namespace netkit::testing {
namespace {

using namespace std::chrono_literals;

class RateBucketsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RateBucketsTest);
  CPPUNIT_TEST(the_least_of_the_buckets_counts);
  CPPUNIT_TEST(the_slowest_of_the_buckets_is_waited_for);
  CPPUNIT_TEST(a_datagram_over_one_rate_uses_up_no_other);
  CPPUNIT_TEST_SUITE_END();

 public:
  void the_least_of_the_buckets_counts() {
    RateBuckets buckets;
    CPPUNIT_ASSERT(buckets.empty());
    buckets.add(RateBuckets::Counts::messages, bucket_, BucketSize());
    CPPUNIT_ASSERT(buckets.empty());
    buckets.add(RateBuckets::Counts::messages, bucket_, five_);
    buckets.add(RateBuckets::Counts::messages, other_, BucketSize(Rate{3, 1s}));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, buckets.messages_now(now_));
    CPPUNIT_ASSERT_EQUAL(UINT64_MAX, buckets.bytes_now(now_));
    buckets.took(2, 100, now_);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, buckets.messages_now(now_));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{3}, bucket_.available(five_, now_));
  }

  void the_slowest_of_the_buckets_is_waited_for() {
    RateBuckets buckets;
    buckets.add(RateBuckets::Counts::messages, bucket_, five_);
    buckets.add(RateBuckets::Counts::bytes, other_, BucketSize(Rate{100, 1s}));
    CPPUNIT_ASSERT(buckets.ready(now_) == now_);
    buckets.took(5, 150, now_);
    CPPUNIT_ASSERT(buckets.ready(now_) == now_ + 510ms);
  }

  void a_datagram_over_one_rate_uses_up_no_other() {
    RateBuckets buckets;
    buckets.add(RateBuckets::Counts::messages, bucket_, five_);
    buckets.add(RateBuckets::Counts::bytes, other_, BucketSize(Rate{100, 1s}));
    CPPUNIT_ASSERT(buckets.take_datagram(100, now_));
    CPPUNIT_ASSERT(!buckets.take_datagram(1, now_));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{4}, buckets.messages_now(now_));
  }

 private:
  TimePoint now_{100h};
  TokenBucket bucket_;
  TokenBucket other_;
  BucketSize five_{Rate{5, 1s}};
};
CPPUNIT_TEST_SUITE_REGISTRATION(RateBucketsTest);

}  // namespace
}  // namespace netkit::testing
