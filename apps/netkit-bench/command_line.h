#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/remote_server.h"
#include "netkit-bench/measurement/clock.h"

namespace netkit::bench {

/// What each answer must be.
enum class Expect : std::uint8_t {
  learnt,  ///< The answer of the listener's handler if a config names it, else the message itself.
  echo,
  uppercase,
  text,  ///< The same text for every message.
  any,   ///< Any message of the framing.
};

/// The messages to send.
struct MessageOptions {
  std::size_t size = 64;            ///< Size of a generated message in bytes.
  std::optional<std::string> text;  ///< Sent instead of generated messages.
  std::string file;                 ///< A file whose lines are sent in turn instead; empty: none.
  bool http = false;                ///< The messages are paths to request from an HTTP server.
  Expect expect = Expect::learnt;
  std::string answer;  ///< For Expect::text.
};

/// How to send them.
struct LoadOptions {
  std::size_t connections = 1;
  std::size_t in_flight = 1;              ///< Unanswered messages per connection.
  std::optional<std::uint64_t> messages;  ///< Ends the run after so many messages instead of after `duration`.
  Duration duration = std::chrono::seconds(2);
  Duration warm_up = std::chrono::milliseconds(100);  ///< Time before the measurement; none if `messages` is set.
  Duration timeout = std::chrono::seconds(10);        ///< Longest time without an answer.
  bool connect_per_request = false;
  bool busy_poll = false;      ///< Never sleep, so that waking up the load is not measured.
  std::optional<double> rate;  ///< Messages per second, independent of the answers; also sets busy_poll.
};

/// The command line, checked as far as possible without reading a file or using the network.
struct CommandLine {
  ServerNames names;
  std::vector<std::string> words;  ///< HOST:PORT, if it is needed.
  MessageOptions message;
  LoadOptions load;
  std::optional<std::size_t> idle;  ///< Measure so many idle connections instead.
  std::optional<pid_t> server_pid;
  bool json = false;
  std::optional<std::string> notice;  ///< Text of --help or --version: print it and exit 0. Nothing else is set.
};

/// Throws UsageError with one line that names what was found and what was expected.
CommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace netkit::bench
