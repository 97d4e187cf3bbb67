#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"

namespace netkit::client {

/// --get and what goes with it.
struct GetOptions {
  std::string file;
  std::string output;  ///< A file, a folder, "-" for standard output; empty: the base name of `file`.
  bool resume = false;
};

/// What goes with --tls.
struct TlsOptions {
  std::string authorities;
  std::string certificate;
  std::string key;
  std::string name;
  bool insecure = false;

  bool any() const { return insecure || !authorities.empty() || !certificate.empty() || !key.empty() || !name.empty(); }
};

/// The command line as it was given, checked as far as that goes without reading a file or touching the network.
struct CommandLine {
  std::optional<Transport> transport;
  std::optional<std::string> framing;  ///< SPEC for both directions; `send` and `receive` come first.
  std::optional<std::string> send;
  std::optional<std::string> receive;
  std::string config;
  std::string listener;
  std::vector<std::string> words;  ///< HOST:PORT or PATH (where it is needed), then the messages.
  TlsOptions tls;
  std::optional<GetOptions> get;
  std::optional<std::chrono::nanoseconds> timeout;  ///< 0: wait for ever.
  bool no_wait = false;
  bool exact = false;
  bool hex = false;
  bool header = false;
  bool trace = false;
  std::optional<std::string> notice;  ///< --help or --version: print this and exit 0. Nothing else is set.
};

/// Throws UsageError with one line that says what was found and what was expected.
CommandLine parse_command_line(const std::vector<std::string>& arguments);

}  // namespace netkit::client
