#pragma once

#include <memory>

#include "answer.h"
#include "command_monitor.h"
#include "command_run.h"
#include "interpreter.h"
#include "netkit/handler.h"
#include "netkit/plugin.h"
#include "programs/launcher.h"
#include "programs/surroundings.h"

namespace netkit::exec {

/// The parts of one listener's exec handler.
struct ExecParts {
  std::unique_ptr<Interpreter> interpreter;
  std::unique_ptr<AnswerStyle> style;
  RunPlan plan;
  programs::Surroundings surroundings;
  CallBounds bounds;
};

/// Runs the command that a message names and answers with its output. A worker only starts the command.
class ExecHandler final : public Handler {
 public:
  ExecHandler(ExecParts parts, std::shared_ptr<programs::Launcher> launcher, HandlerContext context);

  bool may_block(const Message& message) const override;
  void on_message(const Message& message, Responder& responder) override;
  CallBounds call_bounds() const override { return parts_.bounds; }
  void on_overload(const Message& message, Responder& responder) override;

 private:
  void run(Words words, Responder& responder);
  struct Audited;
  std::shared_ptr<const Audited> begin_audit(const Words& words) const;
  static void audit(const Audited& command, const Reply& reply, const Outcome& outcome);
  void note_trouble(const Outcome& outcome) const;

  const ExecParts parts_;
  const std::shared_ptr<programs::Launcher> launcher_;
  const HandlerContext context_;
  CommandMonitor monitor_;  // ends first
};

}  // namespace netkit::exec
