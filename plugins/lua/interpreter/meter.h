#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <lua.hpp>
#include <string>

#include "interpreter/block_pool.h"

namespace netkit::lua {

/// What a script may use.
struct Allowance {
  std::size_t memory = std::size_t{64} << 20;    ///< Bytes of one Lua state.
  std::chrono::nanoseconds budget{100'000'000};  ///< Processor time of one call, or of its part between two waits.
};

/// Measures the memory and the processor time that a Lua state uses, and ends the call that uses too much. Its errors
/// cannot be swallowed: once a call is over its allowance, every further instruction of it fails, too.
///
/// Time is looked at every few thousand instructions, less where instructions may be dear because large blocks of
/// memory are in use, and after each MiB that was allocated. Functions of C that work on much data in one instruction
/// announce it by charge(). One thread at a time.
class Meter {
 public:
  enum class Excess : std::uint8_t { none, time, memory };

  explicit Meter(const Allowance& allowance)
      : allowance_(allowance), fresh_per_look_(std::min(std::size_t{1} << 20, allowance.memory / 16)) {}
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  /// For lua_newstate(), whose user data is the meter.
  static void* allocate(void* meter, void* block, std::size_t old_size, std::size_t new_size);
  /// Watches the instructions of a thread, and of all that are made from it later.
  static void watch(lua_State* thread);

  /// A call begins on `thread`.
  void begin(lua_State* thread) {
    running_ = thread;
    if (excess_ != Excess::none || clock_started_) renew();
  }
  /// The thread that runs now, within the same call; null between calls. Returns the one before.
  lua_State* switch_to(lua_State* thread) {
    lua_State* before = running_;
    running_ = thread;
    return before;
  }
  lua_State* running() const { return running_; }

  /// A function that `thread` has called is about to do so many small steps. Raises an error if the call is over its
  /// allowance.
  void charge(lua_State* thread, std::size_t steps) {
    steps_ += steps;
    if (steps_ >= kStepsPerLook || excess_ != Excess::none) look(thread);
  }
  /// The same at once, behind what may have taken long.
  void look(lua_State* thread);

  Excess excess() const { return excess_; }
  /// Raises the error of a call that is over its allowance; `level` as luaL_where() has it.
  [[noreturn]] void raise(lua_State* thread, int level) const;

  /// Bytes of the blocks that Lua has.
  std::size_t used() const { return used_; }
  /// Bytes taken from the system for them, of which there are more: this is what the allowance bounds.
  std::size_t held() const { return pool_.held() + in_malloc_; }
  /// Collects garbage if there is hardly any memory left, unless that was done a moment ago.
  void collect_if_full(lua_State* thread);
  /// True while so little is in use that garbage may gather for longer.
  bool has_plenty() const { return used_ < allowance_.memory / 64; }
  /// The error of a script that is out of memory.
  std::string memory_text() const {
    return "the script needs more than its memory, " + std::to_string(allowance_.memory) + " bytes";
  }

 private:
  static constexpr std::size_t kStepsPerLook = 20'000;

  static void on_count(lua_State* thread, lua_Debug* activation);
  static void call_back(lua_State* thread, int instructions);
  void renew();
  void* reallocate(void* block, std::size_t old_size, std::size_t new_size);
  void give_back(void* block, std::size_t size);
  void* take_small(std::size_t size, std::size_t old_size) {
    void* block = pool_.take(size);
    return block != nullptr ? block : take_from_new_chunk(size, old_size);
  }
  void* take_from_new_chunk(std::size_t size, std::size_t old_size);
  void* resize(void* block, std::size_t old_size, std::size_t new_size);
  bool has_room_for(std::size_t more);
  void refuse(const void* block, std::size_t new_size);
  void count_large(std::size_t old_size, std::size_t new_size);
  void note_growth(std::size_t bytes) {
    refused_size_ = 0;
    fresh_ += bytes;
    if (fresh_ >= fresh_per_look_) look_soon();
  }
  void look_soon();
  bool within_budget();
  int interval() const;

  const Allowance allowance_;
  const std::size_t fresh_per_look_;
  BlockPool pool_;
  lua_State* running_ = nullptr;
  std::size_t used_ = 0;
  std::size_t in_malloc_ = 0;  // the blocks that are too large for the pool
  std::size_t in_large_blocks_ = 0;
  std::size_t fresh_ = 0;         // allocated since the clock was looked at
  std::size_t collected_at_ = 0;  // memory held behind the last collection that this has asked for
  std::size_t steps_ = 0;         // likewise, of charge()
  const void* refused_block_ = nullptr;
  std::size_t refused_size_ = 0;
  bool clock_started_ = false;
  Excess excess_ = Excess::none;
  std::chrono::nanoseconds processor_start_{};  // of this thread
  std::chrono::nanoseconds last_look_{};        // by the wall clock
};

}  // namespace netkit::lua
