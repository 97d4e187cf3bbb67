#pragma once

#include <nlohmann/json.hpp>

#include "netkit/options.h"

namespace netkit {

/// The value as a config in JSON would write it. Throws std::logic_error for a framing or a target.
nlohmann::ordered_json option_json(const OptionSpec& spec, const Options::Value& value);

}  // namespace netkit
