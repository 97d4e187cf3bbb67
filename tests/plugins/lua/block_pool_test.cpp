#include "interpreter/block_pool.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstring>
#include <random>
#include <utility>
#include <vector>

namespace netkit::lua::test {

class BlockPoolTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(BlockPoolTest);
  CPPUNIT_TEST(blocks_are_used_again);
  CPPUNIT_TEST(free_chunks_serve_other_sizes);
  CPPUNIT_TEST(blocks_in_use_keep_what_is_in_them);
  CPPUNIT_TEST_SUITE_END();

 public:
  void blocks_are_used_again() {
    void* block = take(40);
    pool_.give_back(block, 40);
    CPPUNIT_ASSERT_EQUAL(block, take(33));
    CPPUNIT_ASSERT(take(40) != block);
    CPPUNIT_ASSERT_EQUAL(BlockPool::kChunk, pool_.held());
  }

  void free_chunks_serve_other_sizes() {
    std::size_t most = 0;
    for (std::size_t size = 16; size <= BlockPool::kLargest; size += 16) {
      std::vector<void*> blocks;
      for (std::size_t taken = 0; taken < 100 * BlockPool::kChunk; taken += size) blocks.push_back(take(size));
      most = std::max(most, pool_.held());
      for (void* block : blocks) pool_.give_back(block, size);
      pool_.shrink();
      CPPUNIT_ASSERT_EQUAL(std::size_t{0}, pool_.held());
    }
    CPPUNIT_ASSERT(most <= 110 * BlockPool::kChunk);
  }

  void blocks_in_use_keep_what_is_in_them() {
    std::mt19937 random(7);
    std::vector<std::pair<unsigned char*, std::size_t>> blocks;
    for (int i = 0; i < 100'000; ++i) {
      if (random() % 2 == 0 || blocks.empty()) {
        const std::size_t size = random() % BlockPool::kLargest + 1;
        blocks.emplace_back(static_cast<unsigned char*>(take(size)), size);
        std::memset(blocks.back().first, static_cast<int>(size - 1), size);
      } else {
        std::swap(blocks[random() % blocks.size()], blocks.back());
        const auto [block, size] = blocks.back();
        for (std::size_t at = 0; at < size; ++at) CPPUNIT_ASSERT_EQUAL(size - 1, std::size_t{block[at]});
        pool_.give_back(block, size);
        blocks.pop_back();
      }
      if (i % 1000 == 0) pool_.shrink();
    }
  }

 private:
  void* take(std::size_t size) {
    void* block = pool_.take(size);
    if (block != nullptr) return block;
    CPPUNIT_ASSERT(pool_.grow(size));
    block = pool_.take(size);
    CPPUNIT_ASSERT(block != nullptr);
    return block;
  }

  BlockPool pool_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(BlockPoolTest);

}  // namespace netkit::lua::test
