#include "command_run.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace netkit::exec {
namespace {

using Clock = std::chrono::steady_clock;

/// How long a killed command may take to be gone: it can hang in the kernel, on a dead network disk for one.
constexpr std::chrono::seconds kKillWait{5};
constexpr std::size_t kReadSize = std::size_t{64} << 10;
constexpr std::size_t kMostReports = 2;

/// Turns a stop request, which comes on another thread, into something to poll for.
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

/// Where a command's standard error goes: a pipe of its own, the one of its output, or nowhere.
struct ErrorPipe {
  ErrorPipe(ErrorStream kind, const Pipe& output) : standard_error(output.write.get()) {
    if (kind == ErrorStream::own) own = make_pipe();
    if (kind == ErrorStream::dropped) own.write = checked_descriptor(::open("/dev/null", O_WRONLY | O_CLOEXEC), "open");
    if (own.write) standard_error = own.write.get();
  }

  Pipe own;
  int standard_error;
};

/// One command from its request to its last report.
class CommandRun {
 public:
  CommandRun(Launcher& launcher, const Command& command, const RunPlan& plan, Outcome& outcome)
      : launcher_(launcher), command_(command), plan_(plan), outcome_(outcome) {}

  void start(int stop_event);
  void finish();
  void signal(int number);

 private:
  enum class Phase : std::uint8_t { running, terminating, killing, over };
  enum Source : std::size_t { kOutput, kErrors, kReports, kStop, kSources };

  void watch(Source source, int descriptor) { events_[source] = {descriptor, POLLIN, 0}; }
  void watch_no_more(Source source) { watch(source, -1); }
  bool wait(std::chrono::nanoseconds most);
  void enter(Phase phase, std::chrono::nanoseconds most);
  void step();
  void escalate();
  void kill();
  void read_outputs();
  void read_output(Source source, Capture& capture);
  void read_reports();
  void take(const Report& report);
  void end(Outcome::End how, int value, std::string problem = {});
  void not_started(StartStep at, int error);
  void launcher_lost();

  Launcher& launcher_;
  const Command& command_;
  const RunPlan& plan_;
  Outcome& outcome_;
  Ticket ticket_;
  UniqueFd output_, errors_, reports_;
  std::array<pollfd, kSources> events_{};
  Phase phase_ = Phase::running;
  Clock::time_point deadline_;
  pid_t group_ = 0;
  bool stopped_ = false;
};

void CommandRun::start(int stop_event) {
  Pipe reports = make_pipe();
  Pipe output = make_pipe();
  ErrorPipe errors(plan_.error_stream, output);
  ticket_ = launcher_.run(command_, reports.write.get(), output.write.get(), errors.standard_error);
  if (ticket_.error != 0) return not_started(StartStep::program, ticket_.error);
  output_ = std::move(output.read);
  errors_ = std::move(errors.own.read);
  reports_ = std::move(reports.read);
  watch(kOutput, output_.get());
  watch(kErrors, errors_.get());
  watch(kReports, reports_.get());
  watch(kStop, stop_event);
  enter(Phase::running, plan_.timeout);
}

void CommandRun::finish() {
  while (phase_ != Phase::over) step();
  // What was in the pipes when it ended, not what a process that left the group may still write.
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
  if (events_[kReports].revents != 0) read_reports();
}

void CommandRun::escalate() {
  if (phase_ == Phase::running) {
    outcome_.timed_out = true;
    signal(SIGTERM);
    signal(SIGCONT);  // a stopped process would not hear of it
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
  if (ticket_.process != nullptr) ticket_.process->signal(ticket_.id, number);
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

void CommandRun::read_reports() {
  std::array<Report, kMostReports> reports;
  const ssize_t size = ::read(reports_.get(), reports.data(), sizeof reports);
  if (size <= 0) return launcher_lost();
  const std::size_t count = static_cast<std::size_t>(size) / sizeof(Report);
  for (std::size_t i = 0; i < count; ++i) take(reports[i]);
}

void CommandRun::take(const Report& report) {
  if (report.kind == ReportKind::started) group_ = report.value;
  if (report.kind == ReportKind::failed) not_started(report.step, report.value);
  if (report.kind == ReportKind::exited) end(Outcome::End::exited, report.value);
  if (report.kind == ReportKind::killed) end(Outcome::End::killed, report.value);
}

void CommandRun::end(Outcome::End how, int value, std::string problem) {
  outcome_.end = stopped_ ? Outcome::End::cancelled : how;
  outcome_.value = value;
  outcome_.problem = std::move(problem);
  phase_ = Phase::over;
  watch_no_more(kStop);
  watch_no_more(kReports);
}

void CommandRun::not_started(StartStep at, int error) {
  constexpr int kNotFound = 127;
  constexpr int kCannotRun = 126;
  std::string what = "cannot start a process";
  if (at == StartStep::directory) what = "cannot enter folder '" + command_.directory + "'";
  if (at == StartStep::program) what = "cannot run '" + command_.arguments.front() + "'";
  end(Outcome::End::not_started, at == StartStep::program && error == ENOENT ? kNotFound : kCannotRun,
      what + ": " + std::generic_category().message(error));
}

void CommandRun::launcher_lost() {
  // It would have reported. Its death killed the command itself; the group is left to us.
  if (group_ > 1) ::kill(-group_, SIGKILL);
  launcher_.give_up(*ticket_.process);
  end(Outcome::End::lost, 0, "the command was lost: its launcher has ended");
}

}  // namespace

Outcome run_command(Launcher& launcher, const Command& command, const RunPlan& plan, const std::stop_token& stop) {
  Outcome outcome(plan);
  CommandRun run(launcher, command, plan, outcome);
  try {
    const StopEvent stop_event(stop);
    run.start(stop_event.descriptor());
    run.finish();
  } catch (const std::runtime_error& error) {
    run.signal(SIGKILL);
    outcome.end = Outcome::End::lost;
    outcome.problem = error.what();
  }
  return outcome;
}

}  // namespace netkit::exec
