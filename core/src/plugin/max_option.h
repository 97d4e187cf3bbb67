#pragma once

#include <algorithm>
#include <cstdint>

#include "netkit/plugin.h"

namespace netkit {

/// Adds the option `max` of every framing, the largest message it accepts, where the framing has none of its own.
inline void add_max_option(FramingType& type) {
  const auto is_max = [](const OptionSpec& spec) { return spec.name == "max"; };
  if (std::any_of(type.options.begin(), type.options.end(), is_max)) return;
  type.options.push_back({.name = "max",
                          .type = OptionType::size,
                          .fallback = "1MiB",
                          .help = "largest message accepted",
                          .least = 1,
                          .most = std::int64_t{1} << 40});
}

}  // namespace netkit
