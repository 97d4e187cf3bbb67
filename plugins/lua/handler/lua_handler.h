#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "handler/facilities.h"
#include "handler/script_state.h"
#include "netkit/plugin.h"

namespace netkit::lua {

/// Serves a listener by a script: a state for each event loop, a session for each conversation.
class LuaHandler final : public Handler {
 public:
  /// Throws OptionError for a script that cannot be used.
  LuaHandler(const Options& options, const HandlerContext& context);

  std::unique_ptr<Handler> for_conversation() override { return std::make_unique<ScriptSession>(*this); }
  void on_message(const Message& /*message*/, Responder& /*responder*/) override {}

  ScriptState& state(std::size_t loop) { return *states_.at(loop); }

 private:
  std::vector<std::unique_ptr<ScriptState>> states_;
};

HandlerType lua_handler();

}  // namespace netkit::lua
