#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "config/syntax/diagnostic.h"
#include "config/syntax/node.h"
#include "netkit/options.h"

namespace netkit {

/// Reads a value of the type that `spec` names. Returns nothing, and adds an error for each mistake, if the value does
/// not fit. Relative paths are relative to `folder`. A NUL character fits a string or a list of strings if
/// `may_have_nul`, and else nothing: it would cut what becomes a path, a name or an argument.
std::optional<Options::Value> read_value(const OptionSpec& spec, const Node& node, const std::string& folder,
                                         Diagnostics& errors, bool may_have_nul = false);

/// The place of an item of a list; the place of the whole value if it was not written as a list.
const Position& item_where(const Node& node, std::size_t index);

/// `path` made absolute against `folder`.
std::string absolute_path(const std::string& path, const std::string& folder);

}  // namespace netkit
