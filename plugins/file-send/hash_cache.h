#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "regular_file.h"

namespace file_send {

/// Caches the hashes of files, so that an unchanged file is hashed once. Holds at most `capacity` hashes and evicts the
/// least recently used. Thread-safe.
///
/// A file that changes twice within one clock tick of its file system keeps its stamp (in git, the racy-git problem).
/// So a hash is cached only if the file's last change was longer ago than the coarsest tick when hashing began. The
/// hash of a younger file is used once and computed again.
class HashCache {
 public:
  /// FAT has the coarsest clock of the common file systems: two seconds.
  static constexpr std::chrono::nanoseconds kCoarsestClock = std::chrono::seconds(2);

  struct Key {
    std::string algorithm;
    FileStamp stamp;
    // clang-tidy 14 reports a literal 0 here.
    auto operator<=>(const Key&) const = default;  // NOLINT(modernize-use-nullptr)
  };

  explicit HashCache(std::size_t capacity, std::chrono::nanoseconds clock_step = kCoarsestClock)
      : capacity_(capacity), clock_step_(clock_step) {}

  /// The cached hash of `key`.
  std::optional<std::string> find(const Key& key);
  /// True if a hash of `key` is cached.
  bool keeps(const Key& key);

  /// True if a hash that is begun to be computed now may be kept.
  bool settled(const FileStamp& stamp) const;
  /// Keeps a hash that may be kept.
  void keep(const Key& key, const std::string& hash);

 private:
  using Entries = std::list<std::pair<Key, std::string>>;

  const std::size_t capacity_;
  const std::chrono::nanoseconds clock_step_;
  std::mutex mutex_;
  Entries entries_;  // most recently used first
  std::map<Key, Entries::iterator> index_;
};

}  // namespace file_send
