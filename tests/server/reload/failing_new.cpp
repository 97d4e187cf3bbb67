// Replaces the global operator new by one that fails when it is told to: a program of its own, as it changes all of it.
// The other forms of new and delete come down to these, but under a sanitizer the array forms have their own.

#include "server/reload/failing_new.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

thread_local bool is_watched = false;
std::atomic<std::int64_t> left{INT64_MAX};

/// Null if the allocation is to fail.
void* checked(void* memory) noexcept {
  const bool fails = is_watched && left.load() >= 0 && left.fetch_sub(1) == 0;
  if (!fails) return memory;
  std::free(memory);
  return nullptr;
}

void* allocate(std::size_t size) noexcept { return checked(std::malloc(size > 0 ? size : 1)); }

void* or_throw(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

namespace netkit::testing {

void watch_allocations_of_this_thread() { is_watched = true; }
void fail_allocation_after(std::int64_t count) { left = count; }
std::int64_t allocations_left() { return left; }

}  // namespace netkit::testing

void* operator new(std::size_t size) { return or_throw(allocate(size)); }
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept { return allocate(size); }

void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto align = static_cast<std::size_t>(alignment);
  return or_throw(checked(std::aligned_alloc(align, (size + align - 1) / align * align)));
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t /*alignment*/) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size*/, std::align_val_t /*alignment*/) noexcept { std::free(memory); }
