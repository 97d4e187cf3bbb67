#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "handler/shared_table.h"
#include "interpreter/meter.h"
#include "netkit/plugin.h"

namespace netkit::lua {

/// The groups of a listener by name. A group without members that no script holds is forgotten. Any thread.
class Groups {
 public:
  explicit Groups(Listener services) : services_(std::move(services)) {}
  /// Throws std::length_error if there are too many.
  std::shared_ptr<const Group> named(const std::string& name);

 private:
  static constexpr std::size_t kMost = 100'000;
  static constexpr std::size_t kFirstSweep = 64;

  void sweep();

  const Listener services_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Group>> groups_;
  std::size_t sweep_at_ = kFirstSweep;
};

/// What the states of all event loops use together.
struct Facilities {
  Facilities(const Options& options, const HandlerContext& context);

  Log& log;
  const Options::Targets targets;
  const std::size_t memory;  ///< Of each state, in bytes.
  const std::shared_ptr<SharedTable> shared;
  Groups groups;
  Counter errors{};       ///< Calls that ended with an error.
  Counter over_budget{};  ///< Of these, over the budget.
  Counter over_memory{};  ///< Of these, over the memory.
};

}  // namespace netkit::lua
