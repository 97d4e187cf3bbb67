#pragma once

#include <string>

#include "netkit/testing/framing_driver.h"

namespace netkit::testing {

/// The type of a framing that comes with netkit. Throws std::invalid_argument if there is none of that name.
const FramingType& builtin_type(const std::string& name);

/// A framing that comes with netkit. Throws OptionError as the framing does.
inline TestedFraming builtin(const std::string& name, const Settings& settings = {}) {
  return TestedFraming(builtin_type(name), settings);
}

/// The line that a built-in framing refuses these settings with, as "option: text"; "" if it takes them.
std::string option_error(const std::string& name, const Settings& settings);

}  // namespace netkit::testing
