#pragma once

#include <string>
#include <string_view>

#include "netkit/options.h"

namespace netkit {

/// A size, duration or integer that is written as nginx, HAProxy or systemd have it (10m, 5 s, 1h30m, 1.5GB), in the
/// units of configs: 10min, 5s, 90min, 1536MiB. Empty if nothing of the type can be meant.
std::string meant_quantity(OptionType type, std::string_view text);

/// The same of a rate or a rate of bytes: 10r/s is 10/s, 1MB/sec is 1MiB/s.
std::string meant_rate(OptionType type, std::string_view text);

}  // namespace netkit
