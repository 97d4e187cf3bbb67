#pragma once

#include <chrono>
#include <compare>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>

#include "regular_file.h"

namespace file_send {

/// Remembers the hashes of files, so that an unchanged file is read for its hash once. Holds at most `capacity` of
/// them and forgets the one not asked for longest. Thread-safe.
///
/// A file changed twice within one step of its file system's clock keeps its stamp (git knows this as the racy-git
/// problem). So a hash is kept only if the file's last change lay further back than any clock's step when the reading
/// began; that of a fresher file is used once and computed again.
class HashCache {
 public:
  /// The coarsest clock of a common file system, FAT, has steps of two seconds.
  static constexpr std::chrono::nanoseconds kCoarsestClock = std::chrono::seconds(2);

  struct Key {
    std::string algorithm;
    FileStamp stamp;
    // clang-tidy 14 sees a 0 in it.
    auto operator<=>(const Key&) const = default;  // NOLINT(modernize-use-nullptr)
  };

  /// Gives the hash, or nothing if it gave up. What it throws goes to the caller of get().
  using Compute = std::function<std::optional<std::string>()>;

  explicit HashCache(std::size_t capacity, std::chrono::nanoseconds clock_step = kCoarsestClock)
      : capacity_(capacity), clock_step_(clock_step) {}

  /// The hash that is kept under `key`, else what `compute` gives. Never runs two computations of one key at a time:
  /// the second caller waits for the first's result, and takes over if there is none. Nothing if `compute` gave up or
  /// `stop` was requested while waiting.
  std::optional<std::string> get(const Key& key, const std::stop_token& stop, const Compute& compute);

  /// True if a hash is kept under `key`.
  bool keeps(const Key& key);

 private:
  using Entries = std::list<std::pair<Key, std::string>>;

  std::optional<std::string> find(const Key& key);
  std::optional<std::string> compute_alone(const Key& key, const Compute& compute);
  bool settled(const FileStamp& stamp) const;
  void keep(const Key& key, const std::string& hash);

  const std::size_t capacity_;
  const std::chrono::nanoseconds clock_step_;
  std::mutex mutex_;
  std::condition_variable_any finished_;
  std::set<Key> running_;
  Entries entries_;  // the one asked for last in front
  std::map<Key, Entries::iterator> index_;
};

}  // namespace file_send
