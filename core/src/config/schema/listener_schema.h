#pragma once

#include "config/schema/option_schema.h"
#include "plugin/registry.h"

namespace netkit {

/// One entry of `listeners`. It refers to the definitions of type_definitions().
Schema listener_schema(const TypeRegistry& registry);

/// An address to listen on: a numeric one with a port.
Schema numeric_address_schema(const std::string& description);

/// `limits.per_source`, of a listener and of the top level.
Schema source_limits_schema();

}  // namespace netkit
