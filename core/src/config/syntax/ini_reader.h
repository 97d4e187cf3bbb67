#pragma once

#include "config/syntax/diagnostic.h"
#include "config/syntax/node.h"
#include "config/syntax/source_text.h"

namespace netkit {

/// Reads an INI file into the same tree that the JSON form has: [listener.NAME] becomes an item of `listeners`, a
/// dotted key an object, `handler = exec` beside `handler.shell = true` the object with "type": "exec". Every line that
/// is not a comment, a [section] or key = value is an error; the tree holds the other lines.
Node read_ini(const SourceText& source, Diagnostics& errors);

}  // namespace netkit
