#pragma once

#include <cstddef>

namespace netkit {

class EventLoop;
class MemoryBudget;

/// Ends the conversations of `loop` for which the most waits, and `least` bytes at least, with over-memory (those in
/// the background excepted), until memory is tight no more. Loop thread. Returns how many it has ended.
std::size_t end_heaviest(EventLoop& loop, const MemoryBudget& memory, std::size_t least);

}  // namespace netkit
