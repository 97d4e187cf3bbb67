#include "command_run.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "programs/unix.h"

namespace netkit::exec {
namespace {

using programs::checked_descriptor;
using programs::make_pipe;
using programs::Pipe;
using programs::Report;
using programs::ReportKind;
using programs::StartStep;

/// How long to wait for a killed command to end: it can hang in the kernel, for example on a dead network disk.
constexpr std::chrono::seconds kKillWait{5};
constexpr std::size_t kReadSize = std::size_t{64} << 10;

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

}  // namespace

CommandRun::CommandRun(std::shared_ptr<programs::Launcher> launcher, programs::Command command, const RunPlan& plan,
                       Done done)
    : launcher_(std::move(launcher)),
      command_(std::move(command)),
      plan_(plan),
      done_(std::move(done)),
      outcome_(plan) {}

void CommandRun::start() {
  try {
    start_command();
  } catch (const std::exception& error) {
    fail(error.what());
  }
}

void CommandRun::start_command() {
  Pipe output = make_pipe();
  ErrorPipe errors(plan_.error_stream, output);
  try {
    supervisor_ = launcher_->run(command_, {.output = output.write.get(), .error = errors.standard_error});
  } catch (const std::system_error& error) {
    return not_started(StartStep::program, error.code().value());
  }
  pipe(kOutput) = std::move(output.read);
  pipe(kErrors) = std::move(errors.own.read);
  enter(Phase::running, plan_.timeout);
}

int CommandRun::descriptor(Source source) const {
  if (source != kReport) return pipes_[source].get();
  return supervisor_ == nullptr ? -1 : supervisor_->descriptor();
}

void CommandRun::enter(Phase phase, std::chrono::nanoseconds most) {
  phase_ = phase;
  deadline_ = Clock::now() + most;
}

void CommandRun::on_readable(Source source) {
  if (over()) return;
  try {
    if (source == kReport) {
      read_report();
    } else {
      read_output(source, kReadSize);
    }
  } catch (const std::exception& error) {
    fail(error.what());
  }
}

void CommandRun::on_deadline() {
  if (phase_ == Phase::running) {
    outcome_.timed_out = true;
    signal(SIGTERM);
    signal(SIGCONT);  // a stopped process does not act on SIGTERM
    enter(Phase::terminating, plan_.grace);
  } else if (phase_ == Phase::terminating) {
    kill();
  } else if (phase_ == Phase::killing) {
    end(Outcome::End::lost, 0, "the command was killed but does not end");
  }
}

void CommandRun::cancel() {
  if (over()) return;
  stopped_ = true;
  kill();
}

void CommandRun::kill() {
  if (phase_ == Phase::killing) return;
  signal(SIGKILL);
  enter(Phase::killing, kKillWait);
}

void CommandRun::signal(int number) {
  if (supervisor_ != nullptr) supervisor_->signal(number);
}

/// At the end of a stream its pipe is closed. Where the limit has cut it, the rest is read and dropped until the
/// command has been killed: a closed pipe would end it by SIGPIPE first.
void CommandRun::read_output(Source source, std::size_t most) {
  std::array<char, kReadSize> piece;
  const ssize_t count = ::read(pipe(source).get(), piece.data(), std::min(most, piece.size()));
  if (count <= 0) return pipe(source).reset();
  if (capture(source).append({piece.data(), static_cast<std::size_t>(count)})) return;
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
}

void CommandRun::end(Outcome::End how, int value, std::string problem) {
  outcome_.end = stopped_ ? Outcome::End::cancelled : how;
  outcome_.value = value;
  outcome_.problem = std::move(problem);
  phase_ = Phase::over;
}

void CommandRun::fail(const char* problem) {
  end(Outcome::End::lost, 0, problem);
  supervisor_.reset();
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

void CommandRun::finish() {
  launcher_->put_back(std::move(supervisor_));
  try {
    if (outcome_.end != Outcome::End::lost) {
      read_rest(kOutput);
      read_rest(kErrors);
      outcome_.output.end();
      outcome_.errors.end();
    }
  } catch (const std::exception& error) {
    end(Outcome::End::lost, 0, error.what());
  }
  try {
    done_(std::move(outcome_));
  } catch (const std::exception&) {
    return;  // no memory for the answer: the end of its reply ends the conversation
  }
}

/// What the pipe held when the command ended, but not what a process that survived may still write.
void CommandRun::read_rest(Source source) {
  int left = 0;
  if (!pipe(source) || ::ioctl(pipe(source).get(), FIONREAD, &left) != 0) return;
  while (left > 0 && pipe(source) && !outcome_.truncated) {
    const std::uint64_t before = capture(source).size();
    read_output(source, static_cast<std::size_t>(left));
    left -= static_cast<int>(capture(source).size() - before);
  }
}

}  // namespace netkit::exec
