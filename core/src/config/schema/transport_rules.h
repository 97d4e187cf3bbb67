#pragma once

#include "config/schema/option_schema.h"
#include "plugin/registry.h"

namespace netkit {

/// What the transports of a listener allow and demand of its other keys: a list of schemas that all hold.
Schema transport_rules(const TypeRegistry& registry);

}  // namespace netkit
