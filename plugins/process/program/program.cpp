#include "program/program.h"

#include <exception>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "program/byte_framing.h"
#include "programs/unix.h"

namespace netkit::process {
namespace {

using programs::Report;
using programs::ReportKind;
using programs::StartStep;

constexpr std::chrono::milliseconds kEndsWithin{50};

std::string start_failure(const Report& report, const std::string& command, const std::string& directory) {
  std::string what = "cannot start a process";
  if (report.step == StartStep::identity) what = "cannot run as the configured user";
  if (report.step == StartStep::directory) what = "cannot enter folder '" + directory + "'";
  if (report.step == StartStep::program) what = "cannot run '" + command + "'";
  return "cannot be started: " + what + ": " + std::generic_category().message(report.value);
}

}  // namespace

/// Its standard output.
class Program::Output final : public UpstreamHandler {
 public:
  explicit Output(std::shared_ptr<Program> program) : program_(std::move(program)) {}

  void on_message(const Upstream& /*upstream*/, const Message& message) override {
    program_->written_ += message.body.size();
    if (program_->owner_ == nullptr) return;
    try {
      program_->owner_->on_output(message);
    } catch (const std::exception& error) {
      program_->fail(error.what());
    }
  }
  void on_close(const Upstream& /*upstream*/, std::string_view reason, std::string_view detail) override {
    if (reason == "malformed" || reason == "handler-failed") program_->fail(detail);
    if (reason == "peer-cut") program_->fail("it has ended in the middle of a message");
    program_->on_pipe_closed(program_->output_open_);
  }

 private:
  const std::shared_ptr<Program> program_;
};

/// Its standard input.
class Program::Input final : public UpstreamHandler {
 public:
  explicit Input(std::shared_ptr<Program> program) : program_(std::move(program)) {}

  void on_message(const Upstream& /*upstream*/, const Message& /*message*/) override {}
  void on_writable(const Upstream& /*upstream*/) override {
    if (program_->owner_ != nullptr) program_->owner_->on_room();
  }
  void on_close(const Upstream& /*upstream*/, std::string_view /*reason*/, std::string_view /*detail*/) override {
    if (!std::exchange(program_->input_ended_, true)) program_->await_end();
  }

 private:
  const std::shared_ptr<Program> program_;
};

/// Its standard error.
class Program::Errors final : public UpstreamHandler {
 public:
  explicit Errors(std::shared_ptr<Program> program)
      : program_(std::move(program)), lines_([this](LogLevel level, std::string_view line) {
          if (program_->owner_ != nullptr) program_->owner_->on_error_line(level, line);
        }) {}

  void on_message(const Upstream& /*upstream*/, const Message& message) override { lines_.add(message.body); }
  void on_end(const Upstream& /*upstream*/) override { lines_.end(); }
  void on_close(const Upstream& /*upstream*/, std::string_view /*reason*/, std::string_view /*detail*/) override {
    program_->on_pipe_closed(program_->errors_open_);
  }

 private:
  const std::shared_ptr<Program> program_;
  ErrorLines lines_;
};

Program::~Program() {
  try {
    write_record();
  } catch (const std::exception&) {  // no memory for the line
  }
}

void Program::start(Supervisions& supervisions, const Plan& plan) {
  supervisions_ = &supervisions;
  command_name_ = plan.command.arguments.front();
  directory_ = plan.command.directory;
  if (plan.audit) arguments_ = programs::quoted_arguments(plan.command.arguments);
  start_ = std::chrono::steady_clock::now();
  programs::Pipe input = programs::make_pipe();
  programs::Pipe output = programs::make_pipe();
  programs::Pipe errors = programs::make_pipe();
  supervision_ = supervisions.run(
      plan.command, {.output = output.write.get(), .error = errors.write.get(), .input = input.read.get()},
      [weak = weak_from_this()](const Report* report) {
        if (const std::shared_ptr<Program> program = weak.lock()) program->on_report(report);
      });
  audit_ = plan.audit;
  const auto connect = [&](UniqueFd end, const Framing& framing, std::shared_ptr<UpstreamHandler> handler) {
    return supervisions.services().connect(
        supervisions.loop(), Target::of_descriptor(end.release(), plan.name, framing), std::move(handler));
  };
  const std::shared_ptr<Program> self = shared_from_this();
  input_ = connect(std::move(input.write), byte_framing(), std::make_shared<Input>(self));
  output_ = connect(std::move(output.read), decoding_framing(plan.framing), std::make_shared<Output>(self));
  errors_ = connect(std::move(errors.read), byte_framing(), std::make_shared<Errors>(self));
  output_open_ = errors_open_ = true;
}

void Program::end_input() {
  input_ended_ = true;
  input_.end();
}

void Program::end() {
  end_input();
  if (!ended_ && supervision_) supervision_->end_command();
}

void Program::kill() {
  if (!ended_ && supervision_) supervision_->kill_command();
}

void Program::abandon() {
  owner_ = nullptr;
  output_.resume();
  end();
}

/// It has closed its input. Mostly because it ends, which says more.
void Program::await_end() {
  if (ended_ || owner_ == nullptr) return;
  end_timer_ = supervisions_->services().after(supervisions_->loop(), kEndsWithin, [weak = weak_from_this()] {
    const std::shared_ptr<Program> program = weak.lock();
    if (program && !program->ended_ && program->owner_ != nullptr) program->owner_->on_input_closed();
  });
}

void Program::on_report(const Report* report) {
  ended_ = true;
  end_timer_.cancel();
  end_ = describe(report);
  keep_record(report);
  // What cannot be killed may hold the pipes open for ever.
  if (report == nullptr || report->left_over) output_.close();
  if (report == nullptr || report->left_over) errors_.close();
  supervisions_->put_back(std::exchange(supervision_, nullptr));
  input_.close();
  settle();
}

void Program::fail(std::string_view why) {
  kill();
  output_.close();
  if (owner_ != nullptr) owner_->on_bad_output(why);
}

void Program::on_pipe_closed(bool& open) {
  open = false;
  // A program that has closed its output is of no use any more.
  if (!output_open_ && !ended_) end();
  settle();
}

void Program::settle() {
  if (!ended_ || output_open_ || errors_open_) return;
  write_record();
  if (ProgramOwner* const owner = std::exchange(owner_, nullptr)) owner->on_end(end_);
}

/// What the record will say of its end; its output may still come.
void Program::keep_record(const Report* report) {
  if (report == nullptr || report->kind == ReportKind::failed) {
    how_ = {"error", end_.text};
  } else {
    how_ = {report->kind == ReportKind::killed ? "signal" : "exit", std::int64_t{report->value}};
  }
}

void Program::write_record() {
  const Audit audit = std::exchange(audit_, nullptr);
  if (!audit) return;
  audit({.command = command_name_,
         .arguments = arguments_,
         .end = how_,
         .duration = std::chrono::steady_clock::now() - start_,
         .bytes = written_,
         .timed_out = timed_out_});
}

ProgramEnd Program::describe(const Report* report) const {
  if (report == nullptr) return {.text = "was lost: its supervisor has ended"};
  switch (report->kind) {
    case ReportKind::failed:
      return {.began = false, .text = start_failure(*report, command_name_, directory_)};
    case ReportKind::killed:
      return {.text = "was killed by signal " + std::to_string(report->value)};
    case ReportKind::exited:
      break;
  }
  return {.orderly = report->value == 0, .text = "has exited with status " + std::to_string(report->value)};
}

}  // namespace netkit::process
