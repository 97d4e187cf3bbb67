#pragma once

#include <memory>

#include "each/house.h"
#include "netkit/handler.h"
#include "settings.h"

namespace netkit::process {

/// Gives each conversation a program of its own.
class ConnectionHandler final : public Handler {
 public:
  ConnectionHandler(Settings settings, HandlerContext context) : house_(std::move(settings), std::move(context)) {}

  std::unique_ptr<Handler> for_conversation() override;
  void on_message(const Message& /*message*/, Responder& /*responder*/) override {}

 private:
  House house_;
};

}  // namespace netkit::process
