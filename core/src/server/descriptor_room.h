#pragma once

#include <cstdint>

namespace netkit {

/// Makes the process's table of descriptors large enough for so many connections, as far as `ulimit -n` allows. The
/// kernel doubles the table on its way there, and in a process with threads it waits for all processors each time: the
/// accept4(2) that needs the room takes some 15 ms, and so does whoever waits for that event loop. Costs 8 bytes of
/// kernel memory for each; without threads it takes microseconds.
void make_room_for_descriptors(std::uint64_t connections);

}  // namespace netkit
