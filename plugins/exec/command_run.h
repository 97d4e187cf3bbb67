#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>

#include "capture.h"
#include "launcher.h"

namespace netkit::exec {

/// What becomes of a command's standard error.
enum class ErrorStream : std::uint8_t { own, joined, dropped };

/// How a command is watched while it runs.
struct RunPlan {
  std::chrono::nanoseconds timeout{};
  std::chrono::nanoseconds grace{};  ///< Between TERM and KILL once the time is over.
  std::uint64_t max_output = 0;      ///< Of each stream, in bytes.
  std::uint64_t in_memory = 0;       ///< Of that, how much without a file.
  ErrorStream error_stream = ErrorStream::own;
};

/// How a command ended and what it wrote.
struct Outcome {
  enum class End : std::uint8_t {
    exited,       ///< `value` is the exit status.
    killed,       ///< `value` is the signal.
    not_started,  ///< `value` is 127 or 126 as in a shell, `problem` says why.
    lost,         ///< Its end is unknown: `problem` says why.
    cancelled,    ///< Nobody waits for it any more.
  };

  explicit Outcome(const RunPlan& plan)
      : output(plan.max_output, plan.in_memory), errors(plan.max_output, plan.in_memory) {}

  End end = End::lost;
  int value = 0;
  std::string problem;
  bool timed_out = false;
  bool truncated = false;
  bool left_over = false;  ///< Something that it started could not be killed.
  Capture output;
  Capture errors;
};

/// Runs a command to its end, or to the end of its time, or until `stop` is requested, which kills it. Blocks the
/// calling thread. Never throws for what the command or the system does.
Outcome run_command(Launcher& launcher, const Command& command, const RunPlan& plan, const std::stop_token& stop);

}  // namespace netkit::exec
