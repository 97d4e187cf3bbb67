#pragma once

#include <string>
#include <string_view>

namespace uppercase {

/// `text` in Unicode's full upper case, by no particular language: "straße" gives "STRASSE". Bytes that are not valid
/// UTF-8 stay as they are, so that nothing of a message is lost. Throws std::bad_alloc.
std::string utf8_upper(std::string_view text);

}  // namespace uppercase
