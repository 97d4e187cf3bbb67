#include "server/memory/heap.h"

#include <malloc.h>

#include <cstddef>
#include <new>

namespace netkit {
namespace {

// Bytes: a block this large gets its own mapping, which is returned when it is freed.
constexpr int kOwnMapping = 4 << 20;
constexpr int kKeptEnd = 16 << 20;
constexpr int kLeastEnd = 128 << 10;  // bytes, the default of malloc
// Bytes: malloc checks the end of the heap only after freeing at least this much.
constexpr std::size_t kLooksAt = std::size_t{100} << 10;

}  // namespace

void keep_freed_memory() {
  ::mallopt(M_MMAP_THRESHOLD, kOwnMapping);
  ::mallopt(M_TRIM_THRESHOLD, kKeptEnd);
}

void give_back_holes() { ::malloc_trim(0); }

void give_back_end_of_own_heap() {
  ::mallopt(M_TRIM_THRESHOLD, kLeastEnd);
  // Explicit calls, because the compiler may remove a new and delete expression.
  ::operator delete(::operator new(kLooksAt, std::nothrow));
  ::mallopt(M_TRIM_THRESHOLD, kKeptEnd);
}

}  // namespace netkit
