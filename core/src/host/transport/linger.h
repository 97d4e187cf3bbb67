#pragma once

#include <chrono>
#include <span>

namespace netkit {

class Stream;

/// Closing a socket with unread bytes makes the kernel reset the connection, and the peer may lose answers that it has
/// not read yet. So: no more from this side, then read until the peer has ended its side too, for so long.
inline constexpr std::chrono::seconds kLinger{2};

/// To be called when a stream whose sending has ended is ready, at first at once: sends the rest of its end, and reads
/// off what comes into `room` without looking at it. False once that is over.
bool linger_on(Stream& stream, std::span<char> room);

}  // namespace netkit
