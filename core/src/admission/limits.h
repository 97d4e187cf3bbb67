#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "netkit/options.h"

namespace netkit {

/// What happens where a limit is reached; docs/config.md has a table of each limit and each of these.
enum class OnLimit : std::uint8_t {
  defer,   ///< Wait for room before accepting; stop reading until the rate allows more.
  reject,  ///< Accept and close at once; stop reading until the rate allows more.
  close,   ///< The same, and a conversation over its rate is closed.
};

const char* to_string(OnLimit on_limit);

/// What all sources, or one, may do. A count of 0 and a rate of 0 are no limit.
struct Quota {
  std::uint64_t connections = 0;
  Rate connection_rate{};
  Rate messages{};
  Rate bytes{};
};

/// What a server may have of everything, its listeners together.
struct ServerLimits : Quota {
  ServerLimits() { connections = 10'000; }
  std::uint64_t memory = 0;                      ///< Bytes that wait for peers; 0: a quarter of the machine's.
  std::uint64_t spool = std::uint64_t{1} << 30;  ///< Bytes of files that keep what waits for peers.
};

/// The limits of one source address: a /32 of IPv4, a /64 of IPv6.
struct SourceLimits : Quota {
  SourceLimits() : Quota{.connections = 50, .connection_rate = {50, std::chrono::seconds(1)}} {}
  std::optional<std::uint64_t> calls{};  ///< That run at once, of handlers that bound theirs; unset: half of those.
  bool loopback = false;                 ///< Whether they hold for this machine's own addresses too.
};

/// The limits of one listener. The initial values here and in SourceLimits are the defaults of the config, whose keys
/// config/sections/protection/limits.cpp has.
struct Limits : Quota {
  Limits() : Quota{.connections = 10'000} {}
  std::uint64_t output = std::uint64_t{1} << 20;  ///< Answers waiting for a peer that does not read, in bytes.
  Rate least_received{};  ///< Bytes of a message that has begun; 0: at any speed, as is the next.
  Rate least_sent{};      ///< Bytes of answers that wait.
  OnLimit on_limit = OnLimit::reject;
  bool dry_run = false;  ///< Count and log only.
  SourceLimits per_source{};
};

}  // namespace netkit
