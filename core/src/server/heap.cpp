#include "server/heap.h"

#include <malloc.h>

#include <cstddef>
#include <new>

namespace netkit {
namespace {

constexpr int kOwnMapping = 4 << 20;  // bytes: blocks from here on have a mapping of their own and go back at once
constexpr int kKeptEnd = 16 << 20;
constexpr int kLeastEnd = 128 << 10;                      // as the allocator begins with
constexpr std::size_t kLooksAt = std::size_t{100} << 10;  // freeing less, it does not look at the end of the heap

}  // namespace

void keep_freed_memory() {
  ::mallopt(M_MMAP_THRESHOLD, kOwnMapping);
  ::mallopt(M_TRIM_THRESHOLD, kKeptEnd);
}

void give_back_holes() { ::malloc_trim(0); }

void give_back_end_of_own_heap() {
  ::mallopt(M_TRIM_THRESHOLD, kLeastEnd);
  // Called by name: a new expression may be optimized away.
  ::operator delete(::operator new(kLooksAt, std::nothrow));
  ::mallopt(M_TRIM_THRESHOLD, kKeptEnd);
}

}  // namespace netkit
