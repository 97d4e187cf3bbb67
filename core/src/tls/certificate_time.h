#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace netkit {

/// When the first certificate in a PEM file expires; nothing if there is none to be read.
std::optional<std::chrono::sys_seconds> end_of_certificate(const std::string& file);

}  // namespace netkit
