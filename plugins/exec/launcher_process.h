#pragma once

#include <Poco/Process.h>

#include <cstdint>
#include <string>

#include "protocol.h"

namespace netkit::exec {

/// One netkit-launcher, started by Poco::Process and talked to through its standard input. Thread-safe.
class LauncherProcess {
 public:
  /// Starts the program and waits for its hello. Throws std::runtime_error, one line, if there is none.
  explicit LauncherProcess(const std::string& program);
  /// Ends it. Its commands must have ended.
  ~LauncherProcess();
  LauncherProcess(const LauncherProcess&) = delete;
  LauncherProcess& operator=(const LauncherProcess&) = delete;

  /// Asks for a command; reports, output and errors then come through the descriptors, which it gets copies of.
  /// Returns 0 or errno: E2BIG if the command is too large, EPIPE or ECONNRESET if the launcher is gone.
  int run(std::uint64_t id, const Command& command, int reports, int standard_output, int standard_error);

  /// Signals the group of a command that still runs; does nothing if it has ended.
  void signal(std::uint64_t id, int signal);

  int pid() const { return process_.id(); }

 private:
  void await_hello(const std::string& program);
  void end();

  UniqueFd socket_;
  Poco::ProcessHandle process_;
};

}  // namespace netkit::exec
