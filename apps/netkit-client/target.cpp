#include "netkit-client/target.h"

#include <utility>

#include "base/nearest.h"
#include "config/remote_server.h"
#include "netkit-client/failure.h"

namespace netkit::client {

namespace {

/// Throws UsageError if there are TLS options but the server does not use TLS.
TlsClientSettings tls_settings(const TlsOptions& options, const netkit::RemoteServer& server) {
  if (server.transport != Transport::tls) {
    if (options.any()) throw UsageError("--ca, --cert, --key, --name and --insecure need TLS; this listener has none");
    return {};
  }
  return {.identity = {options.certificate, options.key.empty() ? options.certificate : options.key},
          .authorities = options.authorities,
          // A zone index is of this machine alone.
          .name = options.name.empty() ? server.address.host.substr(0, server.address.host.find('%')) : options.name,
          .verify = !options.insecure};
}

}  // namespace

Target find_target(const CommandLine& line, PluginLoader& loader) {
  const ServerNames names{.transport = line.transport,
                          .framing = line.framing,
                          .send = line.send,
                          .receive = line.receive,
                          .plugin_path = line.plugin_path,
                          .config = line.config,
                          .listener = line.listener};
  try {
    std::vector<std::string> words = line.words;
    netkit::RemoteServer server = netkit::find_server(names, words, loader);
    if (line.get && !words.empty()) {
      throw UsageError("--get asks for files, each by its own --get; unexpected " + in_quotes(words.front()));
    }
    if (!line.data.empty() && !words.empty()) {
      throw UsageError("--data takes the place of messages; unexpected " + in_quotes(words.front()));
    }
    if (server.transport == Transport::udp && line.proxy) throw UsageError("--proxy-header needs a stream");
    if (server.transport == Transport::unix_socket && line.version != IpVersion::any) {
      throw UsageError("-4 and -6 choose an IP address; a Unix socket has none");
    }
    TlsClientSettings tls = tls_settings(line.tls, server);
    return {{server.transport, server.address, std::move(tls), line.version, line.proxy},
            std::move(server.send),
            std::move(server.receive),
            std::move(words)};
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  } catch (const ConfigError& error) {
    throw LocalError(error.what());
  }
}

}  // namespace netkit::client
