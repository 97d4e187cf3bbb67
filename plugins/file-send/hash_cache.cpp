#include "hash_cache.h"

namespace file_send {

std::optional<std::string> HashCache::find(const Key& key) {
  const std::lock_guard lock(mutex_);
  const auto found = index_.find(key);
  if (found == index_.end()) return std::nullopt;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->second;
}

bool HashCache::keeps(const Key& key) {
  const std::lock_guard lock(mutex_);
  return index_.contains(key);
}

bool HashCache::settled(const FileStamp& stamp) const {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::nanoseconds(stamp.changed) + clock_step_ < now;
}

void HashCache::keep(const Key& key, const std::string& hash) {
  const std::lock_guard lock(mutex_);
  if (index_.contains(key)) return;
  entries_.emplace_front(key, hash);
  index_.emplace(key, entries_.begin());
  if (entries_.size() <= capacity_) return;
  index_.erase(entries_.back().first);
  entries_.pop_back();
}

}  // namespace file_send
