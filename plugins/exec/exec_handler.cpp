#include "exec_handler.h"

#include <string_view>
#include <utility>
#include <variant>

#include "programs/audit.h"

namespace netkit::exec {
namespace {

constexpr int kTryAgain = 75;  // EX_TEMPFAIL
constexpr std::string_view kSpace = " \t\r\n\v\f";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::variant<Words, Refusal> interpret(const Interpreter& interpreter, std::string_view text) {
  // The kernel ends an argument at a NUL, so the rest would be lost silently.
  if (text.find('\0') != std::string_view::npos) return Refusal{kSyntaxError, "a command cannot hold a NUL byte"};
  return interpreter.interpret(text);
}

LogField end_field(const Outcome& outcome) {
  switch (outcome.end) {
    case Outcome::End::exited:
      return {"exit", std::int64_t{outcome.value}};
    case Outcome::End::killed:
      return {"signal", std::int64_t{outcome.value}};
    case Outcome::End::cancelled:
      return {"error", "killed, as nobody waits for it any more"};
    case Outcome::End::not_started:
    case Outcome::End::lost:
      break;
  }
  return {"error", outcome.problem};
}

}  // namespace

ExecHandler::ExecHandler(ExecParts parts, std::shared_ptr<programs::Launcher> launcher, HandlerContext context)
    : parts_(std::move(parts)), launcher_(std::move(launcher)), context_(std::move(context)) {}

bool ExecHandler::may_block(const Message& /*message*/) const { return true; }

void ExecHandler::on_message(const Message& message, Responder& responder) {
  std::variant<Words, Refusal> meaning = interpret(*parts_.interpreter, trimmed(message.body));
  if (const auto* refusal = std::get_if<Refusal>(&meaning)) return answer(*parts_.style, *refusal, responder);
  run(std::get<Words>(std::move(meaning)), responder);
}

void ExecHandler::on_overload(const Message& /*message*/, Responder& responder) {
  answer(*parts_.style, Refusal{kTryAgain, "too many commands run and wait already; try again later"}, responder);
}

void ExecHandler::run(Words words, Responder& responder) {
  if (words.empty()) {
    Outcome nothing(parts_.plan);
    nothing.end = Outcome::End::exited;
    return make_answer(*parts_.style, std::move(nothing))(responder);
  }
  if (responder.stop_token().stop_requested()) return;
  const auto reply = std::make_shared<Reply>(responder.defer());
  auto done = [this, reply, audited = begin_audit(words)](Outcome outcome) {
    if (audited) audit(*audited, *reply, outcome);
    note_trouble(outcome);
    reply->finish_by(make_answer(*parts_.style, std::move(outcome)));
  };
  auto run = std::make_unique<CommandRun>(launcher_, parts_.surroundings.command(std::move(words)), parts_.plan,
                                          std::move(done));
  run->start();
  monitor_.watch(std::move(run), reply->stop_token());
}

/// What the log will say of a command besides its outcome.
struct ExecHandler::Audited {
  std::string program;
  std::string arguments;
  CommandRun::Clock::time_point start = CommandRun::Clock::now();
};

/// Null if the log does not want it.
std::shared_ptr<const ExecHandler::Audited> ExecHandler::begin_audit(const Words& words) const {
  if (!context_.log.writes(LogLevel::info)) return nullptr;
  return std::make_shared<const Audited>(Audited{words.front(), programs::quoted_arguments(words)});
}

void ExecHandler::audit(const Audited& command, const Reply& reply, const Outcome& outcome) {
  const Conversation conversation = reply.conversation();
  programs::audit(conversation, "exec",
                  {.command = command.program,
                   .arguments = command.arguments,
                   .end = end_field(outcome),
                   .duration = CommandRun::Clock::now() - command.start,
                   .bytes = outcome.output.size() + outcome.errors.size(),
                   .timed_out = outcome.timed_out});
}

void ExecHandler::note_trouble(const Outcome& outcome) const {
  if (outcome.end == Outcome::End::lost) {
    const std::string text = "exec: " + outcome.problem;
    context_.log.event(LogLevel::error, "exec-failed", {{"error", outcome.problem}, {"text", text}});
  } else if (outcome.left_over) {
    context_.log.event(LogLevel::error, "exec-left-over",
                       {{"text", "exec: a command has left a process that cannot be killed"}});
  }
}

}  // namespace netkit::exec
