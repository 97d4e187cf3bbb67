#pragma once

#include <cstdint>

namespace netkit {

/// The user and group that a process runs as, by number. current_identity() in netkit/account.h tells those of this
/// process.
struct Identity {
  std::uint32_t user = 0;   ///< uid; 0 is root.
  std::uint32_t group = 0;  ///< gid.

  bool operator==(const Identity&) const = default;
};

}  // namespace netkit
