#pragma once

#include <memory>
#include <string>
#include <vector>

#include "answer.h"
#include "command_run.h"
#include "interpreter.h"
#include "netkit/handler.h"
#include "netkit/plugin.h"

namespace netkit::exec {

/// The parts of one listener's exec handler.
struct ExecParts {
  std::unique_ptr<Interpreter> interpreter;
  std::unique_ptr<AnswerStyle> style;
  RunPlan plan;
  LauncherPlan launcher;
  std::vector<std::string> environment;  // see listener_environment()
  std::string directory;
  ResourceLimits limits;
  bool no_new_privileges = true;
  CallBounds bounds;
};

/// Runs the command that a message names and answers with its output.
class ExecHandler final : public Handler {
 public:
  ExecHandler(ExecParts parts, std::shared_ptr<Launcher> launcher, HandlerContext context);

  bool may_block(const Message& message) const override;
  void on_message(const Message& message, Responder& responder) override;
  CallBounds call_bounds() const override { return parts_.bounds; }
  void on_overload(const Message& message, Responder& responder) override;

 private:
  /// The command for one message: its words, and what all commands of the listener share.
  Command command_for(Words words) const;
  void run(Words words, Responder& responder);

  const ExecParts parts_;
  const std::shared_ptr<Launcher> launcher_;
  const HandlerContext context_;
};

}  // namespace netkit::exec
