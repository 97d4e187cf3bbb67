#pragma once

#include <cstdint>
#include <string>

namespace netkit {

/// Grows the process's descriptor table for so many connections of one descriptor each and some for all else, as far as
/// `ulimit -n` allows. Otherwise the kernel doubles the table step by step, and in a process with threads it waits for
/// all processors each time: an accept4(2) that triggers it takes some 15 ms and holds up its event loop. Call it
/// before there are threads, when it takes microseconds. Costs 8 bytes of kernel memory per descriptor. Raises the soft
/// limit first: to a second descriptor for each connection, as far as the hard one goes. Returns a warning if not even
/// one for each is to be had, else an empty text.
std::string make_room_for_descriptors(std::uint64_t connections);

}  // namespace netkit
