#pragma once

#include <cstdint>

#include "config/config.h"
#include "config/syntax/diagnostic.h"
#include "netkit/plugin.h"

namespace netkit {

/// Who can reach a listener.
enum class Exposure : std::uint8_t {
  owner,      ///< The user who owns a Unix socket, and root.
  machine,    ///< Whoever is on this machine.
  named,      ///< The addresses of access.allow.
  strangers,  ///< Anybody whom the network, or the mode of a Unix socket, lets through.
};

Exposure exposure_of(const ListenerConfig& listener);

/// Reports a listener that strangers can reach although its handler would let them do what only the trusted should.
void check_exposure(const HandlerType& type, const ListenerConfig& listener, Diagnostics& errors);

}  // namespace netkit
