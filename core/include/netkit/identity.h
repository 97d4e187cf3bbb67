#pragma once

#include <cstdint>

namespace netkit {

/// The user and group that a process runs as, by number. current_identity() in netkit/account.h tells those of this
/// process.
struct Identity {
  std::uint32_t user = 0;
  std::uint32_t group = 0;

  bool operator==(const Identity&) const = default;
};

}  // namespace netkit
