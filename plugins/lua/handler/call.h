#pragma once

#include <cstddef>
#include <cstdint>
#include <lua.hpp>
#include <memory>
#include <optional>

#include "netkit/plugin.h"

namespace netkit::lua {

class Link;
class ScriptSession;

/// One call of a function of the script, on a thread of Lua of its own. It may wait, and goes on later.
struct Call {
  enum class Kind : std::uint8_t { open, message, timer, close };

  Call(Kind call_kind, ScriptSession& of_session) : kind(call_kind), session(&of_session) {}

  Kind kind;
  bool closes = false;   ///< The conversation is to end with the answer.
  std::size_t sent = 0;  ///< bytes since the call has begun or waited
  ScriptSession* session;
  lua_State* thread = nullptr;
  int thread_reference = LUA_NOREF;
  Responder* responder = nullptr;  ///< of a message, until it waits
  Reply reply{};                   ///< of a message, from then on
  int results = 0;                 ///< how many values there are on the thread

  // What it waits for.
  std::optional<double> seconds{};
  std::shared_ptr<Link> link{};
  std::uint64_t wait_number = 0;  ///< counts the waits of the session: a wake-up for an earlier one is late
  Timer timer{};
};

}  // namespace netkit::lua
