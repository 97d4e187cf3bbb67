#include "server/memory/reaper.h"

#include <cppunit/extensions/HelperMacros.h>
#include <poll.h>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "server/memory/heap.h"

namespace netkit::testing {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kOwnAllocator = false;  // the sanitizer's keeps what was freed
#else
constexpr bool kOwnAllocator = true;
#endif

std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/smaps_rollup");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("Rss:", 0) == 0) return std::stoull(line.substr(4)) * 1024;
  }
  CPPUNIT_FAIL("no Rss in smaps_rollup");
}

class ReaperTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ReaperTest);
  CPPUNIT_TEST(what_was_freed_goes_back_to_the_system);
  CPPUNIT_TEST(so_does_the_end_of_a_threads_own_heap);
  CPPUNIT_TEST(the_second_time_within_a_second_waits);
  CPPUNIT_TEST_SUITE_END();

 public:
  void what_was_freed_goes_back_to_the_system() {
    if (!kOwnAllocator) return;
    Blocks blocks = allocate(2000);
    const std::uint64_t full = resident_bytes();
    blocks.erase(blocks.begin(), blocks.end() - 1);  // the last one keeps the end of the heap where it is
    reaper_->much_was_freed();
    CPPUNIT_ASSERT(is_awake());
    reaper_->reap();
    CPPUNIT_ASSERT(!is_awake());
    CPPUNIT_ASSERT(resident_bytes() + kBlock * 1000 < full);
  }

  void so_does_the_end_of_a_threads_own_heap() {
    if (!kOwnAllocator) return;
    keep_freed_memory();
    std::uint64_t full = 0;
    std::uint64_t kept = 0;
    std::uint64_t given_back = 0;
    std::thread([&] {
      resident_bytes();               // its small blocks, which the thread keeps, are not to stand behind
      Blocks blocks = allocate(300);  // below what is kept of the end
      full = resident_bytes();
      blocks.clear();
      kept = resident_bytes();
      give_back_end_of_own_heap();
      given_back = resident_bytes();
    }).join();
    CPPUNIT_ASSERT(kept + kBlock * 30 > full);
    CPPUNIT_ASSERT(given_back + kBlock * 150 < full);
  }

  void the_second_time_within_a_second_waits() {
    CPPUNIT_ASSERT(reaper_->due() == TimePoint::max());
    reaper_->much_was_freed();
    CPPUNIT_ASSERT(reaper_->due() <= Clock::now());
    reaper_->reap();
    CPPUNIT_ASSERT(reaper_->due() == TimePoint::max());
    const TimePoint before = Clock::now();
    reaper_->much_was_freed();
    reaper_->reap();
    CPPUNIT_ASSERT(reaper_->due() > before && reaper_->due() < TimePoint::max());
  }

 private:
  static constexpr std::size_t kBlock = std::size_t{32} << 10;
  using Blocks = std::vector<std::unique_ptr<char[]>>;

  static Blocks allocate(std::size_t count) {
    Blocks blocks;
    blocks.reserve(count);  // in front of them, not amid
    for (std::size_t i = 0; i < count; ++i) {
      blocks.push_back(std::make_unique<char[]>(kBlock));  // filled, so that it is there
    }
    return blocks;
  }

  bool is_awake() const {
    pollfd ask{reaper_->descriptor(), POLLIN, 0};
    return ::poll(&ask, 1, 0) == 1;
  }

  std::shared_ptr<Reaper> reaper_ = std::make_shared<Reaper>();
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReaperTest);

}  // namespace
}  // namespace netkit::testing
