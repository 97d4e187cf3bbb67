#pragma once

#include <string>
#include <vector>

#include "admission/address_range.h"
#include "config/readers/object_reader.h"

namespace netkit {

/// Takes the member `key`, a list of address ranges; none if it is missing. Each range that is wrong is reported at its
/// own place.
std::vector<AddressRange> take_ranges(ObjectReader& reader, const std::string& key);

}  // namespace netkit
