#pragma once

#include <memory>
#include <vector>

#include "netkit/handler.h"
#include "pool/worker.h"
#include "program/supervision.h"
#include "settings.h"

namespace netkit::process {

/// Serves all conversations of a listener by a pool of programs.
class PoolHandler final : public Handler {
 public:
  PoolHandler(Settings settings, HandlerContext context);
  ~PoolHandler() override;

  void on_message(const Message& message, Responder& responder) override;
  CallBounds call_bounds() const override { return {.open = kOpen}; }
  /// Of the rich form only: the others keep nothing of a conversation.
  bool sees_events() const override { return settings_.rich; }
  void on_open(const Conversation& conversation) override;
  void on_close(const Conversation& conversation, const Ending& ending) override;

 private:
  /// How many messages of a conversation may be in a program at once.
  static constexpr std::size_t kOpen = 64;

  Worker& worker_of(const Conversation& conversation) const;

  const Settings settings_;
  const HandlerContext context_;
  const PoolContext pool_;
  std::vector<std::unique_ptr<Supervisions>> supervisions_;  // one for each loop
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::vector<Worker*>> near_;  // those that conversations of each loop use
};

}  // namespace netkit::process
