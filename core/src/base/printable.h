#pragma once

#include <string>
#include <string_view>

namespace netkit {

/// As printable ASCII: other bytes become `\xHH`, and a backslash is doubled, so that it can be undone.
std::string printable(std::string_view text);

}  // namespace netkit
