#pragma once

#include <string>
#include <vector>

namespace netkit {

/// Queries of the system's databases of users and groups. Main thread.
bool is_user(const std::string& name);
bool is_group(const std::string& name);
std::vector<std::string> user_names();
std::vector<std::string> group_names();

}  // namespace netkit
