#include "hash_cache.h"

namespace file_send {

std::optional<std::string> HashCache::get(const Key& key, const std::stop_token& stop, const Compute& compute) {
  std::unique_lock lock(mutex_);
  while (true) {
    if (std::optional<std::string> kept = find(key)) return kept;
    if (running_.insert(key).second) break;
    if (!finished_.wait(lock, stop, [&] { return !running_.contains(key); })) return std::nullopt;
  }
  lock.unlock();
  return compute_alone(key, compute);
}

bool HashCache::keeps(const Key& key) {
  const std::lock_guard lock(mutex_);
  return index_.contains(key);
}

std::optional<std::string> HashCache::compute_alone(const Key& key, const Compute& compute) {
  const bool may_keep = settled(key.stamp);
  std::optional<std::string> hash;
  const auto finish = [&] {
    const std::lock_guard lock(mutex_);
    running_.erase(key);
    finished_.notify_all();
    if (hash && may_keep) keep(key, *hash);
  };
  try {
    hash = compute();
  } catch (...) {
    finish();
    throw;
  }
  finish();
  return hash;
}

std::optional<std::string> HashCache::find(const Key& key) {
  const auto found = index_.find(key);
  if (found == index_.end()) return std::nullopt;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->second;
}

bool HashCache::settled(const FileStamp& stamp) const {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::nanoseconds(stamp.changed) + clock_step_ < now;
}

void HashCache::keep(const Key& key, const std::string& hash) {
  entries_.emplace_front(key, hash);
  index_.emplace(key, entries_.begin());
  if (entries_.size() <= capacity_) return;
  index_.erase(entries_.back().first);
  entries_.pop_back();
}

}  // namespace file_send
