#pragma once

#include "netkit/options.h"

namespace netkit {

/// Returns the options with the certificates of all targets in them read. Throws OptionError, which names the option,
/// if some cannot be used.
Options with_certificates(const Options& options);

}  // namespace netkit
