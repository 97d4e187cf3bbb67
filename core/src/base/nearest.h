#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace netkit {

/// The name most like `found`, or an empty string if none is near enough to be meant. Counts insertions, deletions,
/// replacements and swaps of neighbours (optimal string alignment distance); letter case is ignored. If none is near,
/// the only name that begins with `found`.
std::string nearest(std::string_view found, const std::vector<std::string>& names);

/// What to add to a message about a name that is unknown: "; did you mean 'x'?" or, if nothing is near,
/// "; known: a, b, c". Empty if there are no names.
std::string suggest(std::string_view found, const std::vector<std::string>& names);

/// a, b, c
std::string join(const std::vector<std::string>& names);

/// What was found, in quotes, on one line: control characters escaped, text of more than `longest` bytes cut.
std::string in_quotes(std::string_view found, std::size_t longest = 60);

}  // namespace netkit
