#include "interpreter/block_pool.h"

#include <cstdint>
#include <cstdlib>
#include <new>
#include <utility>

namespace netkit::lua {
namespace {

// malloc() keeps the size of a block in front of it: with that, chunks lie one behind the other.
constexpr std::size_t kChunkSize = BlockPool::kChunk - sizeof(std::size_t);

}  // namespace

// NOLINTBEGIN(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory): operator new would round the size up

void BlockPool::GiveBack::operator()(Chunk* chunk) const { std::free(chunk); }

bool BlockPool::grow(std::size_t size) {
  const std::size_t whole = (index(size) + 1) * kUnit;
  const std::size_t blocks = (kChunkSize - sizeof(Chunk)) / whole;
  void* place = nullptr;
  if (::posix_memalign(&place, kChunk, kChunkSize) != 0) return false;
  try {
    chunks_.emplace_back(new (place) Chunk{blocks});
  } catch (const std::bad_alloc&) {
    std::free(place);
    return false;
  }
  std::byte* block = static_cast<std::byte*>(place) + sizeof(Chunk) + blocks * whole;
  for (std::size_t i = 0; i < blocks; ++i) give_back(block -= whole, size);
  return true;
}

// NOLINTEND(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory)

BlockPool::Chunk& BlockPool::chunk_of(Free* block) {
  const auto offset = reinterpret_cast<std::uintptr_t>(block) % kChunk;
  return *reinterpret_cast<Chunk*>(reinterpret_cast<std::byte*>(block) - offset);
}

void BlockPool::shrink() {
  for (Free* first : free_) {
    for (Free* block = first; block != nullptr; block = block->next) ++chunk_of(block).free;
  }
  for (Free*& first : free_) {
    for (Free** link = &first; *link != nullptr;) {
      if (chunk_of(*link).is_free()) {
        *link = (*link)->next;
      } else {
        link = &(*link)->next;
      }
    }
  }
  std::erase_if(chunks_, [](const auto& chunk) { return chunk->is_free(); });
  for (const auto& chunk : chunks_) chunk->free = 0;
}

}  // namespace netkit::lua
