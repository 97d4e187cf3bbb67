#include "handler/shared_table.h"

#include <stdexcept>
#include <utility>

namespace netkit::lua {
namespace {

constexpr std::size_t kEntryOverhead = 128;  // nodes of the maps
constexpr std::size_t kExpiryOverhead = 96;  // and the name once more
constexpr int kMostAtOnce = 100;             // entries that a call clears away: all other loops wait meanwhile

std::size_t size_of(const std::string& key, const SharedTable::Value& value, bool expires) {
  const auto* text = std::get_if<std::string>(&value);
  return kEntryOverhead + key.size() + (text == nullptr ? 0 : text->size()) +
         (expires ? kExpiryOverhead + key.size() : 0);
}

/// The sum; of whole numbers as Lua has it, around the end of their range.
SharedTable::Value sum(const SharedTable::Value& one, const SharedTable::Value& other) {
  const auto* whole = std::get_if<std::int64_t>(&one);
  const auto* more = std::get_if<std::int64_t>(&other);
  if (whole != nullptr && more != nullptr) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(*whole) + static_cast<std::uint64_t>(*more));
  }
  const auto number = [](const SharedTable::Value& value) {
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
    if (const auto* real = std::get_if<double>(&value)) return *real;
    throw std::invalid_argument("the value is no number");
  };
  return number(one) + number(other);
}

}  // namespace

std::optional<SharedTable::Value> SharedTable::get(const std::string& key, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  clear_expired(now);
  const auto found = find(key, now);
  if (found == entries_.end()) return std::nullopt;
  return found->second.value;
}

bool SharedTable::set(const std::string& key, Value value, std::optional<Clock::time_point> until,
                      Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  clear_expired(now);
  return store(key, std::move(value), until, now);
}

std::optional<SharedTable::Value> SharedTable::add(const std::string& key, const Value& number,
                                                   std::optional<Clock::time_point> until, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  clear_expired(now);
  const auto found = find(key, now);
  if (found != entries_.end()) return found->second.value = sum(found->second.value, number);
  if (!store(key, number, until, now)) return std::nullopt;
  return number;
}

void SharedTable::erase(const std::string& key) {
  const std::lock_guard lock(mutex_);
  if (const auto found = entries_.find(key); found != entries_.end()) erase(found);
}

std::size_t SharedTable::size() {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

void SharedTable::set_most(std::size_t most) {
  const std::lock_guard lock(mutex_);
  most_ = most;
}

/// The entry, unless it has expired and only waits to be cleared away.
SharedTable::Entries::iterator SharedTable::find(const std::string& key, Clock::time_point now) {
  const auto found = entries_.find(key);
  if (found == entries_.end() || !found->second.expiry || (*found->second.expiry)->first > now) return found;
  erase(found);
  return entries_.end();
}

/// What it clears away to make room is no more than what it stores.
bool SharedTable::store(const std::string& key, Value value, std::optional<Clock::time_point> until,
                        Clock::time_point now) {
  const auto found = find(key, now);
  const std::size_t before =
      found == entries_.end() ? 0 : size_of(key, found->second.value, found->second.expiry.has_value());
  const std::size_t after = size_of(key, value, until.has_value());
  while (used_ - before + after > most_) {
    if (!clear_first_expired(now)) return false;
  }
  if (found != entries_.end()) erase(found);
  Entry entry{std::move(value)};
  if (until) entry.expiry = expiries_.emplace(*until, key);
  entries_.emplace(key, std::move(entry));
  used_ += after;
  return true;
}

void SharedTable::erase(Entries::iterator entry) {
  used_ -= size_of(entry->first, entry->second.value, entry->second.expiry.has_value());
  if (entry->second.expiry) expiries_.erase(*entry->second.expiry);
  entries_.erase(entry);
}

void SharedTable::clear_expired(Clock::time_point now) {
  for (int i = 0; i < kMostAtOnce && clear_first_expired(now); ++i) {
  }
}

bool SharedTable::clear_first_expired(Clock::time_point now) {
  if (expiries_.empty() || expiries_.begin()->first > now) return false;
  erase(entries_.find(expiries_.begin()->second));
  return true;
}

}  // namespace netkit::lua
