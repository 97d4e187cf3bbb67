#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <unordered_map>

#include "admission/ip_address.h"
#include "admission/token_bucket.h"
#include "base/clock.h"
#include "base/seeded_hash.h"

namespace netkit {

/// What is known of one source address: how many connections it has and what it has used of its rates.
struct Source {
  explicit Source(const IpAddress& group) : address(group) {}

  const IpAddress address;
  TokenBucket connection_rate{};
  TokenBucket messages{};
  TokenBucket bytes{};

 private:
  friend class SourceTable;
  std::uint64_t connections_ = 0;       // guarded by the table, like what follows
  std::list<Source*>::iterator place_;  // in one of its lists
};

/// The sources of one listener that have a connection or had one lately: a /32 of IPv4 and a /64 of IPv6 is one source,
/// as the network part is what a peer cannot choose. Bounded: beyond `most` the source that has been without a
/// connection the longest is forgotten for each new one. Thread-safe; a lock is taken for each connection, never for a
/// message of one.
class SourceTable {
 public:
  static constexpr std::size_t kMost = 16384;

  explicit SourceTable(std::size_t most = kMost) : most_(most) {}
  SourceTable(const SourceTable&) = delete;
  SourceTable& operator=(const SourceTable&) = delete;

  /// Counts a connection of `address` in and tells how many it has now. The source stays where it is until its last
  /// connection has left.
  struct Entered {
    Source& source;
    std::uint64_t connections;
  };
  Entered enter(const IpAddress& address);
  void leave(Source& source);

  /// Calls `use(source)` for a source that need not have a connection, a sender of datagrams.
  template <class Use>
  auto with(const IpAddress& address, Use use) {
    const std::lock_guard lock(mutex_);
    Source& source = find(group(address));
    if (source.connections_ == 0) idle_.splice(idle_.end(), idle_, source.place_);
    return use(source);
  }

  std::size_t size() const;

  /// The part of an address that makes it one source.
  static IpAddress group(const IpAddress& address) { return address.is_v4() ? address : address.prefix(64); }

 private:
  struct Hash : SeededHash {
    std::size_t operator()(const IpAddress& address) const;
  };

  Source& find(const IpAddress& group);

  const std::size_t most_;
  mutable std::mutex mutex_;
  std::unordered_map<IpAddress, Source, Hash> sources_;
  std::list<Source*> busy_;  // with a connection
  std::list<Source*> idle_;  // without one, for the longest time first
};

}  // namespace netkit
