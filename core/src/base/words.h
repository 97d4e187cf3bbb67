#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace netkit {

/// Takes apart the values that are written as plain text: in INI files, on command lines, as an option's fallback.
/// Everything here throws std::invalid_argument with one line that says what was found and expected.

std::string_view trim(std::string_view text);

/// Items separated by commas, white space around them removed. An item may stand in double quotes, which then keep
/// commas and white space; "" inside them is one quote (RFC 4180). Empty text is an empty list.
std::vector<std::string> split_list(std::string_view text);
std::string format_list(const std::vector<std::string>& items);  ///< The inverse of split_list().

/// One value, without the double quotes around it if it has them. "" inside them is one quote.
std::string unquote(std::string_view text);

/// Words separated by white space as a POSIX shell splits them, nothing else interpreted: '...' keeps everything,
/// "..." keeps all but \" and \\, a backslash outside quotes keeps the next character.
std::vector<std::string> split_words(std::string_view text);

}  // namespace netkit
