#pragma once

#include <chrono>

namespace netkit {

/// How long the parts of a conversation may take. 0: for ever, except for `drain`, where it is no time at all. The
/// initial values are the defaults of the config, whose keys config/sections/protection/timeouts.cpp has.
struct Timeouts {
  std::chrono::nanoseconds first_byte = std::chrono::seconds(60);   ///< From the connection to its first byte.
  std::chrono::nanoseconds message = std::chrono::seconds(30);      ///< From a message's first byte to its last.
  std::chrono::nanoseconds idle = std::chrono::seconds(60);         ///< Nothing moves either way.
  std::chrono::nanoseconds write_stall = std::chrono::seconds(60);  ///< Answers wait and the peer takes none.
  std::chrono::nanoseconds handler{0};                              ///< One call on a worker.
  std::chrono::nanoseconds lifetime{0};                             ///< The whole connection.
  std::chrono::nanoseconds drain = std::chrono::seconds(30);        ///< For what runs, once the end has begun.
};

}  // namespace netkit
