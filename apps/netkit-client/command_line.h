#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/model/config.h"
#include "netkit-client/connection/proxy_header.h"
#include "netkit-client/connection/resolver.h"

namespace netkit::client {

/// --get and its options.
struct GetOptions {
  std::vector<std::string> files;
  std::string output;  ///< A file, a folder, or "-" for standard output; empty: the base names of the files.
  bool resume = false;
  std::uint64_t largest = std::uint64_t{64} << 30;  ///< Refuses a larger file. In bytes.
};

/// The options of --tls.
struct TlsOptions {
  std::string authorities;
  std::string certificate;
  std::string key;
  std::string name;
  bool insecure = false;

  bool any() const { return insecure || !authorities.empty() || !certificate.empty() || !key.empty() || !name.empty(); }
};

/// The command line, checked as far as possible without reading a file or using the network.
struct CommandLine {
  std::optional<Transport> transport;
  std::optional<std::string> framing;  ///< SPEC for both directions; `send` and `receive` override it.
  std::optional<std::string> send;
  std::optional<std::string> receive;
  std::vector<std::string> plugin_path;
  std::string config;
  std::string listener;            ///< Empty: the config only has plugins.
  std::vector<std::string> words;  ///< HOST:PORT, HOST and PORT, or PATH (if needed), then the messages.
  TlsOptions tls;
  std::optional<GetOptions> get;
  std::vector<std::string> data;  ///< Files, each sent as one message; "-" is standard input.
  IpVersion version = IpVersion::any;
  std::optional<ProxySource> proxy;
  std::optional<std::chrono::nanoseconds> timeout;  ///< 0: wait for ever.
  bool no_wait = false;
  bool exact = false;
  bool hex = false;
  bool header = false;
  bool trace = false;
  bool quiet = false;
  std::optional<std::string> notice;  ///< Text of --help or --version: print it and exit 0. Nothing else is set.
};

/// Throws UsageError with one line that names what was found and what was expected.
CommandLine parse_command_line(const std::vector<std::string>& arguments);

}  // namespace netkit::client
