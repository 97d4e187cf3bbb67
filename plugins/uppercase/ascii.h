#pragma once

#include <string_view>

namespace uppercase {

/// Writes `text` to `out` with a-z as A-Z and every other byte as it is. `out` has text.size() bytes and does not
/// overlap `text`.
void ascii_upper(std::string_view text, char* out);

/// True if no byte is above 127.
bool is_ascii(std::string_view text);

}  // namespace uppercase
