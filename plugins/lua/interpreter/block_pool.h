#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

namespace netkit::lua {

/// Small blocks of memory for one Lua state, which makes and forgets several with each message. A block that is given
/// back is used again for one of the same size; the memory is given back with the pool. One thread at a time.
class BlockPool {
 public:
  static constexpr std::size_t kLargest = 256;

  /// Null if there is no memory. `size`: from 1 to kLargest.
  void* take(std::size_t size) {
    Free*& first = free_[index(size)];
    if (first == nullptr) return carve(size);
    Free* block = first;
    first = block->next;
    return block;
  }
  void give_back(void* block, std::size_t size) {
    Free*& first = free_[index(size)];
    auto* freed = static_cast<Free*>(block);
    freed->next = first;
    first = freed;
  }

 private:
  static constexpr std::size_t kUnit = 16;
  static constexpr std::size_t kChunk = 16384;

  struct Free {
    Free* next;
  };

  static std::size_t index(std::size_t size) { return (size - 1) / kUnit; }
  void* carve(std::size_t size);

  std::array<Free*, kLargest / kUnit> free_{};
  std::vector<std::unique_ptr<std::byte[]>> chunks_;
  std::size_t left_ = 0;  // of the last chunk, at its end
};

}  // namespace netkit::lua
