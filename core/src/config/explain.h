#pragma once

#include "config/syntax/diagnostic.h"
#include "config/syntax/node.h"
#include "plugin/registry.h"

namespace netkit {

/// Adds to the errors of a config what nobody knows who reads a part of it: where a key belongs that is unknown where
/// it stands, and that a '#' behind a value of an INI file begins no comment. `types` are those that `config` could
/// name.
void explain(const Node& config, bool is_ini, const TypeRegistry& types, Diagnostics& errors);

}  // namespace netkit
