#pragma once

#include "config/syntax/diagnostic.h"
#include "config/syntax/node.h"
#include "config/syntax/source_text.h"

namespace netkit {

/// Reads an INI file into the same tree that the JSON form has: [listener.NAME] becomes an item of `listeners`, a
/// dotted key an object, `handler = exec` beside `handler.shell = true` the object with "type": "exec". Every line that
/// is none of comment, [section] and key = value is an error; the tree holds the rest.
Node read_ini(const SourceText& source, Diagnostics& errors);

}  // namespace netkit
