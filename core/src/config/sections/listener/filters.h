#pragma once

#include "config/model/config.h"
#include "config/readers/choice_reader.h"
#include "config/readers/object_reader.h"

namespace netkit {

/// Reads the `filters` of a listener, a list of names and of objects with `type` and options. INI has the names in
/// `filters` and the options in `filters.NAME.OPTION`; hence a filter may stand in the list once only.
void read_filters(ObjectReader& reader, ChoiceReader& choices, ListenerConfig& listener);

}  // namespace netkit
