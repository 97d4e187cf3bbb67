#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "netkit-client/connection/resolver.h"
#include "netkit/unique_fd.h"

namespace netkit::client {

/// Called with each step of connecting, for --trace.
using Tell = std::function<void(std::string_view)>;

/// A connected socket, and to whom.
struct Dialed {
  UniqueFd socket;
  PeerAddress peer;
};

/// Connects to the first of several addresses that answers (RFC 8305, "happy eyeballs"): the next one is tried when one
/// has failed, or has not answered for a quarter of a second, while the others go on.
class Dialer {
 public:
  /// Each address gets at most `timeout`; 0: the system's limit. `tell` hears of each attempt if there are several
  /// addresses.
  Dialer(std::vector<PeerAddress> addresses, std::chrono::nanoseconds timeout, Tell tell);

  /// Call once. Throws LocalError with the reason of the last address that failed.
  Dialed connect();

 private:
  using Clock = std::chrono::steady_clock;
  struct Attempt {
    UniqueFd socket;
    PeerAddress peer;
    Clock::time_point deadline;
  };

  void start_next();
  void start(const PeerAddress& peer);
  void wait() const;
  bool finish_ready(Dialed& dialed);
  void drop_late();
  void failed(const PeerAddress& peer, std::string reason);
  Clock::time_point next_event() const;

  std::deque<PeerAddress> left_;
  const std::chrono::nanoseconds timeout_;
  const Tell tell_;
  std::vector<Attempt> attempts_;  // that have not been decided
  Clock::time_point next_start_{};
  std::string reason_;
};

/// Connects to a Unix socket within `timeout` (0: none). Throws LocalError.
UniqueFd dial_unix(const PeerAddress& peer, std::chrono::nanoseconds timeout);

}  // namespace netkit::client
