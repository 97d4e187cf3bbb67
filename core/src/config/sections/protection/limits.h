#pragma once

#include <optional>

#include "config/model/config.h"
#include "config/readers/choice_reader.h"
#include "config/readers/object_reader.h"
#include "config/readers/option_table.h"

namespace netkit {

/// The keys of `limits`. Their defaults stand in admission/limits.h and config/model/datagram_limits.h.
const OptionTable<ListenerConfig>& listener_limit_options();
const OptionTable<SourceLimits>& source_limit_options();  ///< Of `per_source`.
const OptionTable<ServerLimits>& total_limit_options();   ///< Of the top level: for all listeners together.

/// The `limits` of one object of a config as they are written.
struct GivenLimits {
  PlacedOptions own;
  PlacedOptions per_source;
};

/// Reads the `limits` of the top level. Returns those that listeners inherit, which the totals are not.
GivenLimits read_server_limits(ObjectReader& server, ServerLimits& totals);

/// Reads the `limits` of a listener, which has the `inherited` ones where it sets none. Returns the cap of its
/// messages.
std::optional<MessageCap> read_listener_limits(ObjectReader& reader, const GivenLimits& inherited,
                                               ListenerConfig& listener);

}  // namespace netkit
