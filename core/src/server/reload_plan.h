#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/flat.h"

namespace netkit {

/// What it takes to come from one config to another. A pure comparison: it asks neither sockets nor files.
class ReloadPlan {
 public:
  enum class Action : std::uint8_t { keep, change, add, remove };

  struct Step {
    Action action;
    std::string listener;
    std::vector<std::string> keys{};  ///< change: what differs, such as `limits.idle`.
  };

  /// Listeners are the same if their names are.
  ReloadPlan(const FlatConfig& running, const FlatConfig& wanted);

  /// The listeners wanted in the order of their config, then those to be removed.
  const std::vector<Step>& steps() const { return steps_; }
  /// What differs at the top level.
  const std::vector<std::string>& server_keys() const { return server_keys_; }
  /// Those of server_keys() that a running server cannot change.
  std::vector<std::string> keys_for_restart() const;

 private:
  std::vector<Step> steps_;
  std::vector<std::string> server_keys_;
};

/// `unchanged NAME`, `changed NAME: KEY, KEY`, `added NAME` or `removed NAME`.
std::string to_string(const ReloadPlan::Step& step);

}  // namespace netkit
