#pragma once

#include <string>
#include <string_view>

#include "config/syntax/diagnostic.h"
#include "config/syntax/node.h"
#include "config/syntax/source_text.h"

namespace netkit {

/// Reads an INI file into the same tree that the JSON form has: [listener.NAME] becomes an item of `listeners`, a
/// dotted key an object, `handler = exec` beside `handler.shell = true` the object with "type": "exec". Every line that
/// is not a comment, a [section] or key = value is an error; the tree holds the other lines.
Node read_ini(const SourceText& source, Diagnostics& errors);

/// What to add to an error about a value or a section that somebody may have written a comment behind; else nothing.
std::string comment_hint(std::string_view text);

}  // namespace netkit
