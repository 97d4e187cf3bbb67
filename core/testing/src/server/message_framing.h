#pragma once

#include "netkit/framing.h"

namespace netkit::testing {

/// Messages as they are, attributes of all types included: the framing of a conversation for which the test has chosen
/// none. Both ends have to be made by the same Framing object.
Framing message_framing();

}  // namespace netkit::testing
