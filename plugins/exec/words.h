#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netkit::exec {

/// Splits a line into words exactly as Python's shlex.split() does: space, tab, CR and LF separate words; '...' quotes
/// everything; inside "..." a backslash escapes " and \ only; outside of quotes it escapes any character. No other
/// character is special. Nothing if a quote is not closed or the line ends with a backslash.
std::optional<std::vector<std::string>> split_words(std::string_view line);

}  // namespace netkit::exec
