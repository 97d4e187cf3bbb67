#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "config/model/config.h"
#include "plugin/loader.h"

namespace netkit {

/// A server as the command line of a client names it: by its address, or by its config and a listener in it.
struct ServerNames {
  std::optional<Transport> transport;
  std::optional<std::string> framing;  ///< SPEC for both directions; `send` and `receive` override it.
  std::optional<std::string> send;
  std::optional<std::string> receive;
  std::vector<std::string> plugin_path{};  ///< Folders of plugins, for framings of one's own.
  std::string config;                      ///< A file; empty: none.
  std::string listener;  ///< The config's; empty: the server is named by its address, the config has the plugins.
};

/// The address that a client connects to, and the framings that it uses there.
struct RemoteServer {
  Transport transport = Transport::tcp;
  Address address;
  Choice send;                    ///< Framing of the messages.
  Choice receive;                 ///< Framing of the answers, which may be larger than the messages.
  std::optional<Choice> handler;  ///< The server's handler, if a config names it.
};

/// A config that cannot be used; what() holds all the diagnostics.
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Finds the server that `names` means. HOST:PORT (or HOST and PORT), or the path of a Unix socket, is taken from the
/// front of `words` if there is no listener, or if the config leaves its port to the system. A numeric IPv6 host may
/// have a zone index. Throws std::invalid_argument for a mistake of the user, with one line that says what was found
/// and expected, and ConfigError.
RemoteServer find_server(const ServerNames& names, std::vector<std::string>& words, PluginLoader& loader);

}  // namespace netkit
