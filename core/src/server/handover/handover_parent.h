#pragma once

#include <optional>

#include "netkit/unique_fd.h"

namespace netkit {

/// The server that has started this one to take its place, as its environment says: it waits to hear that this one
/// serves, then it drains. See Upgrade for the other side.
class HandoverParent {
 public:
  /// Nothing if this program was started by hand or by a service manager. The variable is removed.
  static std::optional<HandoverParent> from_environment();

  /// Says that this server serves.
  void ready();

 private:
  explicit HandoverParent(UniqueFd link) : link_(std::move(link)) {}

  UniqueFd link_;
};

/// `PID:FD` of the old server and of the pipe to it.
inline constexpr const char* kHandoverParentVariable = "NETKIT_PREDECESSOR";

}  // namespace netkit
