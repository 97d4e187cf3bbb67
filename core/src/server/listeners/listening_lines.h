#pragma once

#include <string>
#include <vector>

#include "config/model/config.h"
#include "server/listeners/served_listener.h"

namespace netkit {

/// The framing as users see it: `line`, or `raw/length` where the two directions differ.
std::string framing_text(const FramingChoice& framing);

/// One line for each socket of the listener: `listening NAME tcp 127.0.0.1:8080 framing=raw handler=echo`.
std::vector<std::string> listening_lines(const ServedListener& listener);

}  // namespace netkit
