#pragma once

#include <memory>
#include <string>

#include "each/errand.h"
#include "each/house.h"
#include "netkit/handler.h"
#include "settings.h"

namespace netkit::process {

/// Gives each message a program of its own.
class MessageHandler final : public Handler {
 public:
  MessageHandler(Settings settings, HandlerContext context) : house_(std::move(settings), std::move(context)) {}

  void on_message(const Message& message, Responder& responder) override {
    const Conversation conversation = responder.conversation();
    std::make_shared<Errand>(house_, conversation, std::string(message.body),
                             house_.settings().answers ? responder.defer() : Reply())
        ->begin();
  }
  CallBounds call_bounds() const override { return {.open = kOpen, .untimed = true}; }

 private:
  /// How many messages of a conversation may have their programs at once, or wait for one.
  static constexpr std::size_t kOpen = 16;

  House house_;
};

}  // namespace netkit::process
