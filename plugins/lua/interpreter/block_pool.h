#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

namespace netkit::lua {

/// Small blocks of memory for one Lua state, which makes and forgets several with each message. They are cut from
/// chunks, each of which has blocks of one size: what is of one size is often forgotten together. One thread at a time.
class BlockPool {
 public:
  static constexpr std::size_t kLargest = 256;
  /// By how many bytes grow() adds to held().
  static constexpr std::size_t kChunk = 4096;

  /// Null if there is none left: grow(), and take again. `size`: from 1 to kLargest.
  void* take(std::size_t size) {
    Free*& first = free_[index(size)];
    Free* block = first;
    if (block != nullptr) first = block->next;
    return block;
  }
  void give_back(void* block, std::size_t size) {
    Free*& first = free_[index(size)];
    auto* freed = static_cast<Free*>(block);
    freed->next = first;
    first = freed;
  }

  /// Adds a chunk of blocks that have at least `size` bytes; false if there is no memory.
  bool grow(std::size_t size);
  /// Gives the chunks back of which no block is in use. Looks at all free blocks.
  void shrink();
  /// Bytes of all chunks.
  std::size_t held() const { return chunks_.size() * kChunk; }

 private:
  static constexpr std::size_t kUnit = 16;

  struct Free {
    Free* next;
  };
  /// Stands at the beginning of each chunk, at a multiple of kChunk.
  struct alignas(kUnit) Chunk {
    std::size_t blocks;
    std::size_t free = 0;  ///< Counted while the pool shrinks; else 0.
    bool is_free() const { return free == blocks; }
  };
  struct GiveBack {
    void operator()(Chunk* chunk) const;
  };

  static std::size_t index(std::size_t size) { return (size - 1) / kUnit; }
  static Chunk& chunk_of(Free* block);

  std::array<Free*, kLargest / kUnit> free_{};
  std::vector<std::unique_ptr<Chunk, GiveBack>> chunks_;
};

}  // namespace netkit::lua
