// Replaces the global operator new by one that counts: a program of its own, as it changes all of it. The other forms
// of new and delete come down to these four.

#include "allocations/counting_new.h"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

constexpr std::int64_t kMallocWord = sizeof(std::size_t);  // which malloc keeps before each block

std::atomic<std::uint64_t> count{0};
std::atomic<std::int64_t> live_bytes{0};
std::atomic<std::int64_t> live_blocks{0};

std::int64_t size_of(void* memory) { return static_cast<std::int64_t>(::malloc_usable_size(memory)) + kMallocWord; }

void* counted(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  count.fetch_add(1, std::memory_order_relaxed);
  live_bytes.fetch_add(size_of(memory), std::memory_order_relaxed);
  live_blocks.fetch_add(1, std::memory_order_relaxed);
  return memory;
}

void give_back(void* memory) {
  if (memory == nullptr) return;
  live_bytes.fetch_sub(size_of(memory), std::memory_order_relaxed);
  live_blocks.fetch_sub(1, std::memory_order_relaxed);
  std::free(memory);
}

}  // namespace

namespace netkit::testing {

std::uint64_t allocations() { return count.load(); }
LiveHeap live_heap() { return {live_bytes.load(), live_blocks.load()}; }

}  // namespace netkit::testing

void* operator new(std::size_t size) { return counted(std::malloc(size > 0 ? size : 1)); }

void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto align = static_cast<std::size_t>(alignment);
  return counted(std::aligned_alloc(align, (size + align - 1) / align * align));
}

void operator delete(void* memory) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { give_back(memory); }
void operator delete(void* memory, std::align_val_t /*alignment*/) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t /*size*/, std::align_val_t /*alignment*/) noexcept { give_back(memory); }
