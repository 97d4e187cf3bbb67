#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netkit::exec {

/// Splits a line into words just as Python's shlex.split() does: white space (space, tab, CR, LF) separates; '...'
/// holds anything as it stands; within "..." a backslash escapes " and \ only; outside of quotes it escapes anything.
/// No character has another meaning. Nothing if a quote is not closed or a backslash comes last.
std::optional<std::vector<std::string>> split_words(std::string_view line);

}  // namespace netkit::exec
