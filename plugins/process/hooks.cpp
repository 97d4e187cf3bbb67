#include "hooks.h"

#include <algorithm>
#include <filesystem>
#include <string_view>

namespace netkit::process {
namespace {

/// Puts `value` in front of what the variable has already.
void put_before(std::string_view name, const std::string& value, std::vector<std::string>& environment) {
  const std::string prefix = std::string(name) + "=";
  const auto found = std::ranges::find_if(environment, [&](const auto& one) { return one.starts_with(prefix); });
  if (found == environment.end()) {
    environment.push_back(prefix + value);
  } else {
    const std::string before = found->substr(prefix.size());
    *found = prefix + value + (before.empty() ? "" : ":" + before);
  }
}

}  // namespace

void add_hooks(const std::string& plugin_file, bool unbuffered, std::vector<std::string>& environment) {
  const std::filesystem::path plugin = std::filesystem::absolute(plugin_file);
  const std::filesystem::path folder = (plugin.parent_path() / "..").lexically_normal();
  put_before("PYTHONPATH", (folder / "python").string(), environment);
  put_before("NODE_PATH", (folder / "node").string(), environment);
  if (!unbuffered) return;
  put_before("PYTHONPATH", (folder / "python" / "unbuffered").string(), environment);
  put_before("LD_PRELOAD", (folder / "netkit-unbuffered.so").string(), environment);
}

}  // namespace netkit::process
