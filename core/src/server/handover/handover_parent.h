#pragma once

#include <optional>
#include <string_view>
#include <utility>

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

  /// Tells the parent why it will not.
  void failed(std::string_view why);

 private:
  HandoverParent(UniqueFd link, bool takes_causes) : link_(std::move(link)), takes_causes_(takes_causes) {}

  UniqueFd link_;
  bool takes_causes_;
};

/// Holds `PID:FD:causes`: the old server and the pipe to it. Through the pipe comes the byte `r`, or why the new server
/// failed; a parent that does not say `causes` takes anything for the former. Both versions of a hot restart read the
/// variable, so its name stays.
inline constexpr const char* kHandoverParentVariable = "NETKIT_PREDECESSOR";

}  // namespace netkit
