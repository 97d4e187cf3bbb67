#pragma once

#include <string_view>

namespace uppercase {

/// Copies `text` to `out` with a-z as A-Z and all other bytes unchanged. `out` has text.size() bytes and does not
/// overlap `text`.
void ascii_upper(std::string_view text, char* out);

/// True if all bytes are below 128.
bool is_ascii(std::string_view text);

}  // namespace uppercase
