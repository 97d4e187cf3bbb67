#pragma once

#include <unistd.h>

namespace netkit {

/// The user and group that a process runs as.
struct Identity {
  uid_t user = 0;
  gid_t group = 0;

  static Identity current() { return {::geteuid(), ::getegid()}; }
  bool operator==(const Identity&) const = default;
};

}  // namespace netkit
