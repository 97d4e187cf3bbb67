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
  std::optional<std::int64_t> exit;    ///< Status, or a shell's status for what was not run.
  std::optional<std::int64_t> signal;  ///< Number of the signal that killed it.
  bool timed_out = false;
  bool truncated = false;
  std::string error;  ///< Why there is no output to show, one line; else empty.
};

/// Puts a command's output into an answer. Thread-safe.
class AnswerStyle {
 public:
  virtual ~AnswerStyle() = default;

  /// Answers with the output. Throws std::length_error if the framing or transport cannot carry it.
  virtual void send_output(const Ending& ending, Outcome& outcome, Responder& responder) const = 0;
  /// Answers with ending.error.
  virtual void send_error(const Ending& ending, Responder& responder) const = 0;
};

/// The bytes of standard error if there are any, else those of standard output.
std::unique_ptr<AnswerStyle> plain_style();
/// One JSON object with both as text, and with what the attributes say.
std::unique_ptr<AnswerStyle> json_style();

/// Answers for a command that was run; not at all if it was cancelled.
void answer(const AnswerStyle& style, Outcome& outcome, Responder& responder);
void answer(const AnswerStyle& style, const Refusal& refusal, Responder& responder);

}  // namespace netkit::exec
