#pragma once

#include <string>
#include <vector>

namespace netkit {

/// What the system's databases of users and groups know. Main thread.
bool is_user(const std::string& name);
bool is_group(const std::string& name);
std::vector<std::string> user_names();
std::vector<std::string> group_names();

}  // namespace netkit
