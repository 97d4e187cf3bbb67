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
          .name = options.name.empty() ? server.address.host : options.name,
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
      throw UsageError("--get asks for one file; unexpected " + in_quotes(words.front()));
    }
    TlsClientSettings tls = tls_settings(line.tls, server);
    return {{server.transport, server.address, std::move(tls)},
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
