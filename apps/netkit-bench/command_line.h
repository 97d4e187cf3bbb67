#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/remote_server.h"
#include "netkit-bench/clock.h"

namespace netkit::bench {

/// What an answer must be for the message it answers.
enum class Expect : std::uint8_t {
  learnt,  ///< What the listener's handler does, if a config names one, else echo.
  echo,
  uppercase,
  text,  ///< The same text to every message.
  any,   ///< Whatever the framing lets through.
};

/// What is sent.
struct MessageOptions {
  std::size_t size = 64;            ///< Bytes of a generated message.
  std::optional<std::string> text;  ///< This instead, always.
  std::string file;                 ///< These instead, a line each in turn; empty: none.
  bool http = false;                ///< They are paths to ask an HTTP server for.
  Expect expect = Expect::learnt;
  std::string answer;  ///< For Expect::text.
};

/// How it is sent.
struct LoadOptions {
  std::size_t connections = 1;
  std::size_t in_flight = 1;              ///< Messages of a connection that wait for their answers.
  std::optional<std::uint64_t> messages;  ///< Ends the run after so many, not by time.
  Duration duration = std::chrono::seconds(2);
  Duration warm_up = std::chrono::milliseconds(100);  ///< Before what is measured; none if `messages` is set.
  Duration timeout = std::chrono::seconds(10);        ///< The longest time without any answer.
  bool connect_per_request = false;
  bool busy_poll = false;      ///< Never sleep, so that the load's own wake-ups are not measured.
  std::optional<double> rate;  ///< Messages a second, whether answers come or not; sets busy_poll too.
};

/// The command line as it was given, checked as far as that goes without reading a file or touching the network.
struct CommandLine {
  ServerNames names;
  std::vector<std::string> words;  ///< HOST:PORT, where it is needed.
  MessageOptions message;
  LoadOptions load;
  std::optional<std::size_t> idle;  ///< Measure so many connections at rest instead.
  std::optional<pid_t> server_pid;
  bool json = false;
  std::optional<std::string> notice;  ///< --help or --version: print this and exit 0. Nothing else is set.
};

/// Throws UsageError with one line that says what was found and what was expected.
CommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace netkit::bench
