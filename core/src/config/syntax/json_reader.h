#pragma once

#include <optional>

#include "config/syntax/diagnostic.h"
#include "config/syntax/node.h"
#include "config/syntax/source_text.h"

namespace netkit {

/// Reads JSON (RFC 8259) into a tree. Null if it is not valid JSON; duplicate keys are errors with the tree kept, so
/// that the rest can be checked too. At most 16 levels deep.
std::optional<Node> read_json(const SourceText& source, Diagnostics& errors);

}  // namespace netkit
