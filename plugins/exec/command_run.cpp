#include "command_run.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace netkit::exec {
namespace {

using programs::checked_descriptor;
using programs::Command;
using programs::Launcher;
using programs::make_pipe;
using programs::Pipe;
using programs::Report;
using programs::ReportKind;
using programs::StartStep;
using programs::SupervisorLink;

using Clock = std::chrono::steady_clock;

/// How long to wait for a killed command to end: it can hang in the kernel, for example on a dead network disk.
constexpr std::chrono::seconds kKillWait{5};
constexpr std::size_t kReadSize = std::size_t{64} << 10;

/// Makes a stop request, which arrives on another thread, visible to poll(2).
class StopEvent {
 public:
  explicit StopEvent(const std::stop_token& stop)
      : event_(checked_descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")),
        callback_(stop, Notify{event_.get()}) {}
  int descriptor() const { return event_.get(); }

 private:
  struct Notify {
    int event;
    void operator()() const noexcept { ::eventfd_write(event, 1); }
  };

  UniqueFd event_;
  std::stop_callback<Notify> callback_;
};

/// Where a command's standard error goes: to a pipe of its own, to that of its output, or nowhere.
struct ErrorPipe {
  ErrorPipe(ErrorStream kind, const Pipe& output) : standard_error(output.write.get()) {
    if (kind == ErrorStream::own) own = make_pipe();
    if (kind == ErrorStream::dropped) own.write = checked_descriptor(::open("/dev/null", O_WRONLY | O_CLOEXEC), "open");
    if (own.write) standard_error = own.write.get();
  }

  Pipe own;
  int standard_error;
};

/// One command from its start to its report.
class CommandRun {
 public:
  CommandRun(Launcher& launcher, const Command& command, const RunPlan& plan, Outcome& outcome)
      : launcher_(launcher), command_(command), plan_(plan), outcome_(outcome) {}

  void start(int stop_event);
  void finish();

 private:
  enum class Phase : std::uint8_t { running, terminating, killing, over };
  enum Source : std::size_t { kOutput, kErrors, kReport, kStop, kSources };

  void watch(Source source, int descriptor) { events_[source] = {descriptor, POLLIN, 0}; }
  void watch_no_more(Source source) { watch(source, -1); }
  bool wait(std::chrono::nanoseconds most);
  void enter(Phase phase, std::chrono::nanoseconds most);
  void signal(int number);
  void step();
  void escalate();
  void kill();
  void read_outputs();
  void read_output(Source source, Capture& capture);
  void read_report();
  void end(Outcome::End how, int value, std::string problem = {});
  void not_started(StartStep at, int error);

  Launcher& launcher_;
  const Command& command_;
  const RunPlan& plan_;
  Outcome& outcome_;
  std::unique_ptr<SupervisorLink> supervisor_;
  UniqueFd output_, errors_;
  std::array<pollfd, kSources> events_{};
  Phase phase_ = Phase::running;
  Clock::time_point deadline_;
  bool stopped_ = false;
};

void CommandRun::start(int stop_event) {
  Pipe output = make_pipe();
  ErrorPipe errors(plan_.error_stream, output);
  try {
    supervisor_ = launcher_.run(command_, output.write.get(), errors.standard_error);
  } catch (const std::system_error& error) {
    return not_started(StartStep::program, error.code().value());
  }
  output_ = std::move(output.read);
  errors_ = std::move(errors.own.read);
  watch(kOutput, output_.get());
  watch(kErrors, errors_.get());
  watch(kReport, supervisor_->descriptor());
  watch(kStop, stop_event);
  enter(Phase::running, plan_.timeout);
}

void CommandRun::finish() {
  while (phase_ != Phase::over) step();
  // Reads what the pipes held when the command ended, but not what a process that survived may still write.
  while (!outcome_.truncated && wait(std::chrono::nanoseconds(0))) read_outputs();
}

bool CommandRun::wait(std::chrono::nanoseconds most) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(most);
  const timespec limit{seconds.count(), (most - seconds).count()};
  return ::ppoll(events_.data(), events_.size(), &limit, nullptr) > 0;
}

void CommandRun::enter(Phase phase, std::chrono::nanoseconds most) {
  phase_ = phase;
  deadline_ = Clock::now() + most;
}

void CommandRun::step() {
  const std::chrono::nanoseconds left = deadline_ - Clock::now();
  if (left.count() <= 0) return escalate();
  if (!wait(left)) return;
  read_outputs();
  if (events_[kStop].revents != 0) {
    stopped_ = true;
    watch_no_more(kStop);
    kill();
  }
  if (events_[kReport].revents != 0) read_report();
}

void CommandRun::escalate() {
  if (phase_ == Phase::running) {
    outcome_.timed_out = true;
    signal(SIGTERM);
    signal(SIGCONT);  // a stopped process does not act on SIGTERM
    enter(Phase::terminating, plan_.grace);
  } else if (phase_ == Phase::terminating) {
    kill();
  } else {
    end(Outcome::End::lost, 0, "the command was killed but does not end");
  }
}

void CommandRun::kill() {
  if (phase_ == Phase::killing) return;
  signal(SIGKILL);
  enter(Phase::killing, kKillWait);
}

void CommandRun::signal(int number) {
  if (supervisor_ != nullptr) supervisor_->signal(number);  // NOLINT(clang-analyzer-cplusplus.Move): it is asked first
}

void CommandRun::read_outputs() {
  if (events_[kOutput].revents != 0) read_output(kOutput, outcome_.output);
  if (events_[kErrors].revents != 0) read_output(kErrors, outcome_.errors);
}

void CommandRun::read_output(Source source, Capture& capture) {
  std::array<char, kReadSize> piece;
  const ssize_t count = ::read(events_[source].fd, piece.data(), piece.size());
  if (count <= 0) return watch_no_more(source);
  if (capture.append({piece.data(), static_cast<std::size_t>(count)})) return;
  outcome_.truncated = true;
  if (phase_ != Phase::over) kill();
}

void CommandRun::read_report() {
  const std::optional<Report> report = supervisor_->take_report();
  if (!report) return end(Outcome::End::lost, 0, "the command was lost: its supervisor has ended");
  outcome_.left_over = report->left_over;
  if (report->kind == ReportKind::failed) not_started(report->step, report->value);
  if (report->kind == ReportKind::exited) end(Outcome::End::exited, report->value);
  if (report->kind == ReportKind::killed) end(Outcome::End::killed, report->value);
  launcher_.put_back(std::move(supervisor_));
}

void CommandRun::end(Outcome::End how, int value, std::string problem) {
  outcome_.end = stopped_ ? Outcome::End::cancelled : how;
  outcome_.value = value;
  outcome_.problem = std::move(problem);
  phase_ = Phase::over;
  watch_no_more(kStop);
  watch_no_more(kReport);
}

void CommandRun::not_started(StartStep at, int error) {
  constexpr int kNotFound = 127;
  constexpr int kCannotRun = 126;
  std::string what = "cannot start a process";
  if (at == StartStep::identity) what = "cannot run commands as the configured user";
  if (at == StartStep::directory) what = "cannot enter folder '" + command_.directory + "'";
  if (at == StartStep::program) what = "cannot run '" + command_.arguments.front() + "'";
  end(Outcome::End::not_started, at == StartStep::program && error == ENOENT ? kNotFound : kCannotRun,
      what + ": " + std::generic_category().message(error));
}

}  // namespace

Outcome run_command(programs::Launcher& launcher, const programs::Command& command, const RunPlan& plan,
                    const std::stop_token& stop) {
  Outcome outcome(plan);
  CommandRun run(launcher, command, plan, outcome);
  try {
    const StopEvent stop_event(stop);
    run.start(stop_event.descriptor());
    run.finish();
  } catch (const std::runtime_error& error) {
    // The supervisor's end kills its command.
    outcome.end = Outcome::End::lost;
    outcome.problem = error.what();
  }
  return outcome;
}

}  // namespace netkit::exec
