#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>

#include "capture.h"
#include "programs/launcher.h"

namespace netkit::exec {

/// What happens to a command's standard error.
enum class ErrorStream : std::uint8_t { own, joined, dropped };

/// The limits of one run.
struct RunPlan {
  std::chrono::nanoseconds timeout{};
  std::chrono::nanoseconds grace{};  ///< Time between SIGTERM and SIGKILL after a timeout.
  std::uint64_t max_output = 0;      ///< Limit per stream, in bytes.
  std::uint64_t in_memory = 0;       ///< How much of it is kept in memory.
  ErrorStream error_stream = ErrorStream::own;
};

/// The result of a command.
struct Outcome {
  enum class End : std::uint8_t {
    exited,       ///< `value` is the exit status.
    killed,       ///< `value` is the signal.
    not_started,  ///< `value` is 127 or 126 as in a shell, `problem` says why.
    lost,         ///< The end is unknown; `problem` says why.
    cancelled,    ///< Stopped, because nobody waits for the answer any more.
  };

  explicit Outcome(const RunPlan& plan)
      : output(plan.max_output, plan.in_memory), errors(plan.max_output, plan.in_memory) {}

  End end = End::lost;
  int value = 0;
  std::string problem;
  bool timed_out = false;
  bool truncated = false;
  bool left_over = false;  ///< A process that the command started could not be killed.
  Capture output;
  Capture errors;
};

/// Runs a command until it ends, its timeout passes or `stop` is requested; the latter two kill it. Blocks the calling
/// thread. Never throws because of the command or the system.
Outcome run_command(programs::Launcher& launcher, const programs::Command& command, const RunPlan& plan,
                    const std::stop_token& stop);

}  // namespace netkit::exec
