#include "hash_cache.h"

#include <cppunit/extensions/HelperMacros.h>

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

 private:
  static HashCache::Key key(std::uint64_t inode) { return {"sha256", {.inode = inode}}; }

  /// The hash that is kept, else `hash`, as if computed.
  std::string get(HashCache& cache, const HashCache::Key& key, const std::string& hash) {
    if (const auto kept = cache.find(key)) return *kept;
    ++computed_;
    if (cache.settled(key.stamp)) cache.keep(key, hash);
    return hash;
  }

  int computed_ = 0;
};

CPPUNIT_TEST_SUITE_REGISTRATION(HashCacheTest);

}  // namespace netkit::testing
