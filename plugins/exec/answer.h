#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "command_run.h"
#include "interpreter.h"
#include "netkit/body_source.h"
#include "netkit/reply.h"
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

/// The body of an answer: text or, if it is kept on disk, a source.
struct AnswerBody {
  std::string text{};
  std::unique_ptr<BodySource> source{};

  std::uint64_t size() const { return source ? source->size() : text.size(); }
};

/// Formats a command's output as an answer. Thread-safe.
class AnswerStyle {
 public:
  virtual ~AnswerStyle() = default;

  /// Shows the output, which is taken out of `outcome`.
  virtual AnswerBody show_output(const Ending& ending, Outcome& outcome) const = 0;
  /// Shows ending.error instead of output.
  virtual AnswerBody show_error(const Ending& ending) const = 0;
};

/// Shows standard error if it is not empty, else standard output.
std::unique_ptr<AnswerStyle> plain_style();
/// One JSON object with both as text, captured as such, and with what the attributes say.
std::unique_ptr<AnswerStyle> json_style();

/// Makes the answer for a command that has run; what is returned sends it. Nothing is sent if the command was
/// cancelled. `style` outlives that.
Answering make_answer(const AnswerStyle& style, Outcome outcome);
void answer(const AnswerStyle& style, const Refusal& refusal, Responder& responder);

}  // namespace netkit::exec
