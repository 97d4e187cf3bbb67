#pragma once

#include "config/model/config.h"
#include "config/readers/object_reader.h"
#include "config/sections/protection/limits.h"
#include "plugin/loader.h"

namespace netkit {

/// The values of the top level that a listener has where it sets none of its own.
struct ListenerDefaults {
  GivenLimits limits;
  PlacedOptions timeouts;
};

/// Reads one entry of `listeners`. Returns as much as could be read: it is valid if no error was added.
ListenerConfig read_listener(ObjectReader& reader, PluginLoader& loader, const ListenerDefaults& defaults);

}  // namespace netkit
