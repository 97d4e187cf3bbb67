#pragma once

#include <string>
#include <string_view>

namespace uppercase {

/// Returns `text` in Unicode's full upper case, independent of language: "straße" gives "STRASSE". Bytes that are not
/// valid UTF-8 stay unchanged. Throws std::bad_alloc.
std::string utf8_upper(std::string_view text);

}  // namespace uppercase
