#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace netkit {

/// When the first of the certificates in a PEM file to expire does so; nothing if there is none to be read.
std::optional<std::chrono::sys_seconds> end_of_certificates(const std::string& file);

}  // namespace netkit
