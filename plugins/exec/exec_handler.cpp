#include "exec_handler.h"

#include <string_view>
#include <utility>
#include <variant>

namespace netkit::exec {
namespace {

constexpr int kSyntaxError = 2;
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
  auto done = [this, reply](Outcome outcome) {
    note_trouble(outcome);
    reply->finish_by(make_answer(*parts_.style, std::move(outcome)));
  };
  auto run = std::make_unique<CommandRun>(launcher_, parts_.surroundings.command(std::move(words)), parts_.plan,
                                          std::move(done));
  run->start();
  monitor_.watch(std::move(run), reply->stop_token());
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
