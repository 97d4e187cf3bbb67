#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace netkit::ctl {

/// Which conversations to show.
struct SessionChoice {
  std::string listener{};
  std::string peer{};  ///< A part of the peer's address.
  std::chrono::nanoseconds age{0};
  std::chrono::nanoseconds idle{0};
  std::size_t limit = 1000;
};

struct CommandLine {
  std::string notice{};  ///< Not empty: only to be printed, as --help.
  std::string config{};
  std::string admin{};
  std::string token_file{};
  bool json = false;
  std::string command{};
  std::string target{};  ///< Of pause, resume, drain and log.
  std::uint64_t id = 0;  ///< Of kill.
  SessionChoice sessions{};
  std::size_t samples = 0;  ///< Of top; 0: without end on a terminal, else one.
};

/// A mistake in the command line; what() is the line to print.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws UsageError.
CommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace netkit::ctl
