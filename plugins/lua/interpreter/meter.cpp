#include "interpreter/meter.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "interpreter/interpreter.h"

namespace netkit::lua {
namespace {

constexpr int kInstructionsPerLook = 4000;
constexpr std::size_t kLargeBlock = std::size_t{256} << 10;
constexpr std::chrono::nanoseconds kLookAgain{500'000};

std::chrono::nanoseconds now(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

void* Meter::allocate(void* meter, void* block, std::size_t old_size, std::size_t new_size) {
  auto& self = *static_cast<Meter*>(meter);
  if (block == nullptr) old_size = 0;  // Lua says what kind of object it is for
  if (new_size == 0) {
    self.used_ -= old_size;
    if (block != nullptr) self.give_back(block, old_size);
    return nullptr;
  }
  void* moved = self.reallocate(block, old_size, new_size);
  if (moved == nullptr) {
    self.refuse(block, new_size);
    return nullptr;
  }
  self.used_ = self.used_ - old_size + new_size;
  if (new_size > old_size) self.note_growth(new_size - old_size);
  return moved;
}

// NOLINTBEGIN(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory): Lua reallocates

void Meter::give_back(void* block, std::size_t size) {
  if (size <= BlockPool::kLargest) return pool_.give_back(block, size);
  count_large(size, 0);
  std::free(block);
}

void* Meter::reallocate(void* block, std::size_t old_size, std::size_t new_size) {
  const bool was_small = old_size <= BlockPool::kLargest;
  const bool is_small = new_size <= BlockPool::kLargest;
  if (!was_small && !is_small) return resize(block, old_size, new_size);
  void* moved = is_small ? take_small(new_size, old_size) : resize(nullptr, 0, new_size);
  if (block == nullptr || moved == nullptr) return moved;
  std::memcpy(moved, block, std::min(old_size, new_size));
  give_back(block, old_size);
  return moved;
}

/// A large block that shrinks to a small one gives back more than it takes: a chunk for it is never refused.
void* Meter::take_from_new_chunk(std::size_t size, std::size_t old_size) {
  const bool shrinks = old_size > BlockPool::kLargest;
  if (!shrinks && !has_room_for(BlockPool::kChunk)) return nullptr;
  return pool_.grow(size) ? pool_.take(size) : nullptr;
}

void* Meter::resize(void* block, std::size_t old_size, std::size_t new_size) {
  if (new_size > old_size && !has_room_for(new_size - old_size)) return nullptr;
  void* moved = std::realloc(block, new_size);
  if (moved != nullptr) count_large(old_size, new_size);
  return moved;
}

// NOLINTEND(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory)

void Meter::count_large(std::size_t old_size, std::size_t new_size) {
  in_malloc_ = in_malloc_ - old_size + new_size;
  if (old_size >= kLargeBlock) in_large_blocks_ -= old_size;
  if (new_size >= kLargeBlock) in_large_blocks_ += new_size;
}

/// What Lua has collected may have left whole chunks free.
bool Meter::has_room_for(std::size_t more) {
  if (held() + more <= allowance_.memory) return true;
  if (refused_size_ == 0) return false;
  pool_.shrink();
  return held() + more <= allowance_.memory;
}

/// Lua collects its garbage when it is refused memory, and asks for the same again: the second time is final.
/// luaL_Buffer does not, so garbage is collected next. As all of this takes long, the clock is looked at then, too.
void Meter::refuse(const void* block, std::size_t new_size) {
  const bool again = refused_block_ == block && refused_size_ == new_size;
  refused_block_ = block;
  refused_size_ = new_size;
  collected_at_ = 0;
  if (running_ == nullptr) return;
  if (again) excess_ = Excess::memory;
  call_back(running_, 1);
}

void Meter::look_soon() {
  if (running_ == nullptr) return;
  fresh_ = 0;
  call_back(running_, 1);
}

void Meter::watch(lua_State* thread) { call_back(thread, kInstructionsPerLook); }

/// Has Lua call on_count() after each so many instructions. Lua goes through all calls that are under way for that, and
/// there may be a hundred thousand.
void Meter::call_back(lua_State* thread, int instructions) {
  if (lua_gethookcount(thread) != instructions) lua_sethook(thread, on_count, LUA_MASKCOUNT, instructions);
}

void Meter::renew() {
  excess_ = Excess::none;
  clock_started_ = false;
  steps_ = 0;
  fresh_ = 0;
  refused_size_ = 0;
}

/// Called by Lua between two instructions.
void Meter::on_count(lua_State* thread, lua_Debug* /*activation*/) {
  Meter& self = Interpreter::of(thread).meter();
  const bool within = self.within_budget();
  call_back(thread, within ? self.interval() : 1);
  if (!within) self.raise(thread, 0);
  self.collect_if_full(thread);
}

/// Lua collects before it gives up an allocation of its own, but not one of luaL_Buffer: garbage must not fill the
/// memory.
void Meter::collect_if_full(lua_State* thread) {
  collected_at_ = std::min(collected_at_, held());
  const bool is_full = held() > allowance_.memory / 4 * 3 && held() - collected_at_ > allowance_.memory / 16;
  if (!is_full) return;
  lua_gc(thread, LUA_GCCOLLECT);
  pool_.shrink();
  collected_at_ = held();
}

int Meter::interval() const {
  const auto dearness = static_cast<int>(std::min<std::size_t>(in_large_blocks_ / kLargeBlock, 1000));
  return std::max(kInstructionsPerLook / (1 + dearness), 4);
}

void Meter::look(lua_State* thread) {
  steps_ = 0;
  if (!within_budget()) raise(thread, 1);
}

/// The thread's processor time costs a system call, the wall clock does not: it tells when to look.
bool Meter::within_budget() {
  if (excess_ != Excess::none) return false;
  const std::chrono::nanoseconds wall = now(CLOCK_MONOTONIC);
  if (!clock_started_) {
    clock_started_ = true;
    processor_start_ = now(CLOCK_THREAD_CPUTIME_ID);
    last_look_ = wall;
  } else if (wall - last_look_ >= kLookAgain) {
    last_look_ = wall;
    if (now(CLOCK_THREAD_CPUTIME_ID) - processor_start_ > allowance_.budget) excess_ = Excess::time;
  }
  return excess_ == Excess::none;
}

void Meter::raise(lua_State* thread, int level) const {
  luaL_where(thread, level);
  if (excess_ == Excess::memory) {
    lua_pushstring(thread, memory_text().c_str());
  } else {
    const auto budget = std::chrono::duration_cast<std::chrono::milliseconds>(allowance_.budget).count();
    lua_pushfstring(thread, "the call has used up its budget, %I ms of processor time",
                    static_cast<LUAI_UACINT>(budget));
  }
  lua_concat(thread, 2);
  lua_error(thread);
  std::abort();  // lua_error() does not return, which its declaration does not say
}

}  // namespace netkit::lua
