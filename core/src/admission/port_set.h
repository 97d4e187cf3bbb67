#pragma once

#include <array>
#include <atomic>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <set>

namespace netkit {

/// Any number of ports; looking one up is one memory access.
class PortSet {
 public:
  void add(std::uint16_t first, std::uint16_t last) {
    for (std::size_t port = first; port <= last; ++port) ports_.set(port);
  }
  bool contains(std::uint16_t port) const { return ports_[port]; }

 private:
  std::bitset<65536> ports_;
};

/// The ports of sockets that come and go, while other threads look ports up without waiting. Thread-safe.
class SharedPortSet {
 public:
  /// Each add() is undone by one remove(): several sockets may have one port on different addresses.
  void add(std::uint16_t port) {
    const std::lock_guard lock(mutex_);
    added_.insert(port);
    word(port).fetch_or(bit(port), std::memory_order_relaxed);
  }
  void remove(std::uint16_t port) {
    const std::lock_guard lock(mutex_);
    if (const auto found = added_.find(port); found != added_.end()) added_.erase(found);
    if (!added_.contains(port)) word(port).fetch_and(~bit(port), std::memory_order_relaxed);
  }
  bool contains(std::uint16_t port) const {
    return (words_[port / 64].load(std::memory_order_relaxed) & bit(port)) != 0;
  }

 private:
  std::atomic<std::uint64_t>& word(std::uint16_t port) { return words_[port / 64]; }
  static std::uint64_t bit(std::uint16_t port) { return std::uint64_t{1} << (port % 64); }

  std::array<std::atomic<std::uint64_t>, 1024> words_{};
  std::mutex mutex_;
  std::multiset<std::uint16_t> added_;  // guarded by mutex_
};

}  // namespace netkit
