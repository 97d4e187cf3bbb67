#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>

namespace netkit::lua {

/// Values by name that all event loops know, some of them for a time. It holds a bounded number of bytes. Any thread.
class SharedTable {
 public:
  using Clock = std::chrono::steady_clock;
  using Value = std::variant<bool, std::int64_t, double, std::string>;

  /// `most`: bytes of names and values, with what it takes to keep them.
  explicit SharedTable(std::size_t most) : most_(most) {}

  std::optional<Value> get(const std::string& key, Clock::time_point now);
  /// `until`: when it expires; nothing: never. False, and nothing changes, if there is no room.
  bool set(const std::string& key, Value value, std::optional<Clock::time_point> until, Clock::time_point now);
  /// Adds to a number, 0 if there is none; `until` counts for a new one only. Nothing if there is no room. Throws
  /// std::invalid_argument if the value is no number.
  std::optional<Value> add(const std::string& key, const Value& number, std::optional<Clock::time_point> until,
                           Clock::time_point now);
  void erase(const std::string& key);

  void set_most(std::size_t most);

  /// How many entries there are, with those that have expired and wait to be cleared away.
  std::size_t size();

 private:
  struct Entry;
  using Entries = std::unordered_map<std::string, Entry>;
  using Expiries = std::multimap<Clock::time_point, std::string>;
  struct Entry {
    Value value;
    std::optional<Expiries::iterator> expiry{};
  };

  void clear_expired(Clock::time_point now);
  bool clear_first_expired(Clock::time_point now);
  Entries::iterator find(const std::string& key, Clock::time_point now);
  bool store(const std::string& key, Value value, std::optional<Clock::time_point> until, Clock::time_point now);
  void erase(Entries::iterator entry);

  std::mutex mutex_;
  std::size_t most_;
  std::size_t used_ = 0;
  Entries entries_;
  Expiries expiries_;
};

}  // namespace netkit::lua
