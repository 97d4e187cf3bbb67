#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace netkit {

/// Where a peer's bytes are malformed.
struct MalformedPlace {
  std::string_view bytes{};  ///< Some of what came, these among them.
  std::size_t at = 0;        ///< Where in them.
  std::uint64_t offset = 0;  ///< Where in the peer's stream, or in its datagram.
};

/// Bytes of a peer that did not fit the framing, for an operator to look at.
struct MalformedRecord {
  std::string peer{};
  std::string time{};  ///< UTC, RFC 3339.
  std::string reason{};
  std::uint64_t offset = 0;  ///< Of the first byte that was not taken: in the peer's stream, or in its datagram.
  std::string before{};      ///< The bytes before that one in hex, at most 16.
  std::string bytes{};       ///< The bytes from there on in hex, at most 64.
};

/// The last one of a listener. Any thread.
class LastMalformed {
 public:
  void set(MalformedRecord record) {
    std::optional<MalformedRecord> fresh(std::move(record));
    const std::lock_guard lock(mutex_);
    record_.swap(fresh);
  }
  std::optional<MalformedRecord> get() const {
    const std::lock_guard lock(mutex_);
    return record_;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<MalformedRecord> record_;  // guarded by mutex_
};

}  // namespace netkit
