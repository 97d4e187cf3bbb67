#include "interpreter/block_pool.h"

#include <new>

namespace netkit::lua {

void* BlockPool::carve(std::size_t size) {
  const std::size_t whole = (index(size) + 1) * kUnit;
  if (left_ < whole) {
    try {
      chunks_.push_back(std::make_unique_for_overwrite<std::byte[]>(kChunk));
    } catch (const std::bad_alloc&) {
      return nullptr;
    }
    left_ = kChunk;
  }
  void* block = chunks_.back().get() + (kChunk - left_);
  left_ -= whole;
  return block;
}

}  // namespace netkit::lua
