#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/model/config.h"
#include "config/syntax/diagnostic.h"
#include "netkit/plugin.h"

namespace netkit {

/// The peers that can reach a listener.
enum class Exposure : std::uint8_t {
  owner,      ///< The user who owns a Unix socket, and root.
  machine,    ///< Every user of this machine.
  named,      ///< Those of access.allow, or with a client certificate.
  strangers,  ///< Anybody that the network, or the mode of a Unix socket, lets through.
};

/// True if these patterns, `client_names`, name the clients although a public authority gives certificates to anybody:
/// each has two labels without a `*`, as `*.example.com` has. `*.com` fits any stranger.
bool names_clients(const std::vector<std::string>& patterns);

Exposure exposure_of(const ListenerConfig& listener);

/// Reports a listener that strangers can reach although its handler is dangerous with its options.
void check_exposure(const HandlerType& type, const ListenerConfig& listener, Diagnostics& errors);

}  // namespace netkit
