#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/flat.h"

namespace netkit {

/// The steps from one config to another. Compares only; does not touch sockets or files.
class ReloadPlan {
 public:
  enum class Action : std::uint8_t { keep, change, add, remove };

  struct Step {
    Action action;
    std::string listener;
    std::vector<std::string> keys{};  ///< change: the keys that differ, such as `limits.idle`.
  };

  /// Matches listeners by name.
  ReloadPlan(const FlatConfig& running, const FlatConfig& wanted);

  /// The wanted listeners in the order of their config, then the ones to remove.
  const std::vector<Step>& steps() const { return steps_; }
  /// The top-level keys that differ.
  const std::vector<std::string>& server_keys() const { return server_keys_; }
  /// The subset of server_keys() that needs a restart.
  std::vector<std::string> keys_for_restart() const;

 private:
  std::vector<Step> steps_;
  std::vector<std::string> server_keys_;
};

/// `unchanged NAME`, `changed NAME: KEY, KEY`, `added NAME` or `removed NAME`.
std::string to_string(const ReloadPlan::Step& step);

}  // namespace netkit
