#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "command_run.h"
#include "interpreter.h"
#include "netkit/responder.h"

namespace netkit::exec {

/// What an answer says about a command besides its output. Its attributes have it in every style.
struct Ending {
  std::optional<std::int64_t> exit;    ///< Exit status; what a shell would return if the command did not run.
  std::optional<std::int64_t> signal;  ///< Number of the signal that killed the command.
  bool timed_out = false;
  bool truncated = false;
  std::string error;  ///< Why there is no output, in one line; else empty.
};

/// Formats a command's output as an answer. Thread-safe.
class AnswerStyle {
 public:
  virtual ~AnswerStyle() = default;

  /// Sends the output. Throws std::length_error if the framing or transport cannot carry it.
  virtual void send_output(const Ending& ending, Outcome& outcome, Responder& responder) const = 0;
  /// Sends ending.error instead of output.
  virtual void send_error(const Ending& ending, Responder& responder) const = 0;
};

/// Sends standard error if it is not empty, else standard output.
std::unique_ptr<AnswerStyle> plain_style();
/// One JSON object with both as text, and with what the attributes say.
std::unique_ptr<AnswerStyle> json_style();

/// Answers for a command that has run; sends nothing if it was cancelled.
void answer(const AnswerStyle& style, Outcome& outcome, Responder& responder);
void answer(const AnswerStyle& style, const Refusal& refusal, Responder& responder);

}  // namespace netkit::exec
