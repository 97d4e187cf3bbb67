#pragma once

#include <functional>
#include <string>
#include <vector>

#include "netkit-validate/plugin.h"

namespace netkit::validate {

/// One promise of plugins. `run` loads the plugin by itself, as it runs in a process of its own. It returns what it has
/// found out besides, mostly nothing; throws Skipped, or any other exception for a promise that does not hold.
struct Check {
  std::string name;
  std::function<std::string()> run;
};

using Checks = std::vector<Check>;

/// What all checks are made with.
struct Trial {
  PluginFile file;
  std::string script{};  ///< Not empty: what the plugin runs is held to the promises, and not the plugin.
  std::uint64_t seed = 1;
};

/// Of the library as a whole.
void add_library_checks(const Trial& trial, Checks& checks);
/// Of one type.
void add_handler_checks(const Trial& trial, const std::string& name, Checks& checks);
void add_filter_checks(const Trial& trial, const std::string& name, Checks& checks);
void add_framing_checks(const Trial& trial, const std::string& name, Checks& checks);

}  // namespace netkit::validate
