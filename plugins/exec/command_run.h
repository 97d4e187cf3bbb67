#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "capture.h"
#include "netkit/budget.h"
#include "programs/launcher.h"

namespace netkit::exec {

/// What happens to a command's standard error.
enum class ErrorStream : std::uint8_t { own, joined, dropped };

/// The limits of one run.
struct RunPlan {
  std::chrono::nanoseconds timeout{};
  std::chrono::nanoseconds grace{};  ///< Time between SIGTERM and SIGKILL after a timeout.
  std::uint64_t max_output = 0;      ///< Limit per stream, in bytes.
  std::uint64_t in_memory = 0;       ///< How much of what is kept of it stays in memory.
  std::shared_ptr<Budget> spool{};   ///< For what is kept on disk; null: no bound.
  ErrorStream error_stream = ErrorStream::own;
  Form form = Form::plain;
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
      : output(plan.max_output, plan.in_memory, plan.spool, plan.form),
        errors(plan.max_output, plan.in_memory, plan.spool, plan.form) {}

  End end = End::lost;
  int value = 0;
  std::string problem;
  bool timed_out = false;
  bool truncated = false;
  bool left_over = false;  ///< A process that the command started could not be killed.
  Capture output;
  Capture errors;
};

/// One command from its start to its report. Waits for nothing: whoever watches its descriptors tells it of events and
/// of its deadline, on one thread at a time. Nothing here throws because of the command or the system.
class CommandRun {
 public:
  using Clock = std::chrono::steady_clock;
  using Done = std::function<void(Outcome)>;
  enum Source : std::size_t { kOutput, kErrors, kReport, kSources };

  /// `plan` outlives the run. `done` is called once, by finish().
  CommandRun(std::shared_ptr<programs::Launcher> launcher, programs::Command command, const RunPlan& plan, Done done);

  /// Starts the command; may wait for a new supervisor. It may be over() at once.
  void start();

  /// What to watch for reading; -1: nothing. A pipe is closed at its end; the supervisor's socket goes on with
  /// finish().
  int descriptor(Source source) const;
  /// Something can be read there.
  void on_readable(Source source);
  Clock::time_point deadline() const { return deadline_; }
  void on_deadline();
  /// Nobody waits for the answer any more: kills the command.
  void cancel();

  /// The command has ended, or nothing more is to be heard of it.
  bool over() const { return phase_ == Phase::over; }
  /// The last call, once it is over: reads what the command has left behind, and hands the outcome on.
  void finish();
  /// The same without an outcome: it was lost because of `problem`. The end of its supervisor kills the command.
  void fail(const char* problem);

 private:
  enum class Phase : std::uint8_t { running, terminating, killing, over };

  void start_command();
  void enter(Phase phase, std::chrono::nanoseconds most);
  void signal(int number);
  void kill();
  Capture& capture(Source source) { return source == kOutput ? outcome_.output : outcome_.errors; }
  UniqueFd& pipe(Source source) { return pipes_[source]; }
  void read_output(Source source, std::size_t most);
  void read_rest(Source source);
  void read_report();
  void end(Outcome::End how, int value, std::string problem = {});
  void not_started(programs::StartStep at, int error);

  const std::shared_ptr<programs::Launcher> launcher_;
  const programs::Command command_;
  const RunPlan& plan_;
  const Done done_;
  Outcome outcome_;
  std::unique_ptr<programs::SupervisorLink> supervisor_;
  UniqueFd pipes_[2];  // of kOutput and kErrors
  Phase phase_ = Phase::running;
  Clock::time_point deadline_;
  bool stopped_ = false;
};

}  // namespace netkit::exec
