#pragma once

#include <vector>

#include "netkit/options.h"

namespace netkit {

/// The options of the config's own objects, published as those of a plugin are.
const std::vector<OptionSpec>& identity_options();
const std::vector<OptionSpec>& socket_options();  ///< Of a listener on a Unix socket.
const std::vector<OptionSpec>& event_loop_options();
const std::vector<OptionSpec>& log_options();
const std::vector<OptionSpec>& server_limit_options();
const std::vector<OptionSpec>& server_timeout_options();
const std::vector<OptionSpec>& listener_limit_options();
const std::vector<OptionSpec>& source_limit_options();
const std::vector<OptionSpec>& listener_timeout_options();
const std::vector<OptionSpec>& tls_options();
const OptionSpec& proxy_protocol_option();
const OptionSpec& plugin_path_option();

}  // namespace netkit
