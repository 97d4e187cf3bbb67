#pragma once

#include <optional>

#include "netkit/unique_fd.h"

namespace netkit {

/// The parent's end of a handover, as the new server sees it: the old server started this one, waits until this one
/// serves, and then drains. HandoverChild is the other end.
class HandoverParent {
 public:
  /// Nothing if this program was started by hand or by a service manager. Removes the variable.
  static std::optional<HandoverParent> from_environment();

  /// Tells the parent that this server serves.
  void ready();

 private:
  explicit HandoverParent(UniqueFd link) : link_(std::move(link)) {}

  UniqueFd link_;
};

/// Holds `PID:FD`: the old server and the pipe to it. Both versions of a hot restart read it, so its name stays.
inline constexpr const char* kHandoverParentVariable = "NETKIT_PREDECESSOR";

}  // namespace netkit
