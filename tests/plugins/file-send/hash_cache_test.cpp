#include "hash_cache.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <latch>
#include <stdexcept>
#include <thread>
#include <vector>

namespace netkit::testing {

using file_send::FileStamp;
using file_send::HashCache;

class HashCacheTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(HashCacheTest);
  CPPUNIT_TEST(computes_a_hash_once);
  CPPUNIT_TEST(tells_every_state_of_a_file_apart);
  CPPUNIT_TEST(forgets_the_hash_not_asked_for_longest);
  CPPUNIT_TEST(keeps_no_hash_of_a_file_changed_within_the_clock_step);
  CPPUNIT_TEST(computes_once_for_many_who_ask_at_the_same_time);
  CPPUNIT_TEST(the_next_takes_over_when_one_gives_up_or_fails);
  CPPUNIT_TEST(who_is_stopped_waits_no_longer);
  CPPUNIT_TEST_SUITE_END();

 public:
  void computes_a_hash_once() {
    HashCache cache(10);
    for (int i = 0; i < 3; ++i) CPPUNIT_ASSERT_EQUAL(std::string("h1"), get(cache, key(1), "h1"));
    CPPUNIT_ASSERT_EQUAL(1, computed_);
  }

  void tells_every_state_of_a_file_apart() {
    HashCache cache(10);
    const FileStamp base{.device = 1, .inode = 2, .size = 3, .modified = 4, .changed = 5};
    std::vector<HashCache::Key> keys(7, {"sha256", base});
    keys[1].algorithm = "md5";
    keys[2].stamp.device++;
    keys[3].stamp.inode++;
    keys[4].stamp.size++;
    keys[5].stamp.modified++;
    keys[6].stamp.changed++;
    for (int round = 0; round < 2; ++round) {
      for (std::size_t i = 0; i < keys.size(); ++i) {
        CPPUNIT_ASSERT_EQUAL(std::to_string(i), get(cache, keys[i], std::to_string(i)));
      }
    }
    CPPUNIT_ASSERT_EQUAL(7, computed_);
  }

  void forgets_the_hash_not_asked_for_longest() {
    HashCache cache(2);
    get(cache, key(1), "1");
    get(cache, key(2), "2");
    get(cache, key(1), "1");
    get(cache, key(3), "3");
    CPPUNIT_ASSERT_EQUAL(3, computed_);
    get(cache, key(1), "1");
    get(cache, key(3), "3");
    CPPUNIT_ASSERT_EQUAL(3, computed_);
    get(cache, key(2), "2");
    CPPUNIT_ASSERT_EQUAL(4, computed_);
  }

  void keeps_no_hash_of_a_file_changed_within_the_clock_step() {
    HashCache cache(10, std::chrono::hours(1));
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    HashCache::Key fresh = key(1);
    fresh.stamp.changed = std::chrono::nanoseconds(now - std::chrono::minutes(50)).count();
    HashCache::Key settled = key(2);
    settled.stamp.changed = std::chrono::nanoseconds(now - std::chrono::minutes(70)).count();
    for (int i = 0; i < 2; ++i) {
      get(cache, fresh, "f");
      get(cache, settled, "s");
    }
    CPPUNIT_ASSERT_EQUAL(3, computed_);
  }

  void computes_once_for_many_who_ask_at_the_same_time() {
    HashCache cache(10);
    std::atomic<int> computed = 0;
    std::atomic<int> right = 0;
    std::latch start(8);
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        start.arrive_and_wait();
        const auto hash = cache.get(key(1), {}, [&]() -> std::optional<std::string> {
          ++computed;
          return "h";
        });
        if (hash == "h") ++right;
      });
    }
    threads.clear();
    CPPUNIT_ASSERT_EQUAL(1, computed.load());
    CPPUNIT_ASSERT_EQUAL(8, right.load());
  }

  void the_next_takes_over_when_one_gives_up_or_fails() {
    HashCache cache(10);
    CPPUNIT_ASSERT(!cache.get(key(1), {}, [] { return std::optional<std::string>(); }));
    CPPUNIT_ASSERT_THROW(
        cache.get(key(1), {}, []() -> std::optional<std::string> { throw std::runtime_error("disk"); }),
        std::runtime_error);
    CPPUNIT_ASSERT_EQUAL(std::string("h"), get(cache, key(1), "h"));

    std::latch computing(1);
    std::latch give_up(1);
    std::jthread first([&] {
      cache.get(key(2), {}, [&] {
        computing.count_down();
        give_up.wait();
        return std::optional<std::string>();
      });
    });
    computing.wait();
    std::string hash;
    std::jthread second([&] { hash = get(cache, key(2), "second"); });
    give_up.count_down();
    second.join();
    CPPUNIT_ASSERT_EQUAL(std::string("second"), hash);
  }

  void who_is_stopped_waits_no_longer() {
    HashCache cache(10);
    std::latch computing(1);
    std::latch finish(1);
    std::jthread first([&] {
      cache.get(key(1), {}, [&] {
        computing.count_down();
        finish.wait();
        return std::optional<std::string>("h");
      });
    });
    computing.wait();
    std::stop_source stop;
    std::optional<std::string> hash = "none yet";
    std::jthread second(
        [&] { hash = cache.get(key(1), stop.get_token(), [] { return std::optional<std::string>("twice"); }); });
    stop.request_stop();
    second.join();
    finish.count_down();
    CPPUNIT_ASSERT(!hash);
  }

 private:
  static HashCache::Key key(std::uint64_t inode) { return {"sha256", {.inode = inode}}; }

  std::string get(HashCache& cache, const HashCache::Key& key, const std::string& hash) {
    return cache
        .get(key, {},
             [&]() -> std::optional<std::string> {
               ++computed_;
               return hash;
             })
        .value();
  }

  int computed_ = 0;
};

CPPUNIT_TEST_SUITE_REGISTRATION(HashCacheTest);

}  // namespace netkit::testing
