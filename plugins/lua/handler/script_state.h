#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "handler/call.h"
#include "handler/facilities.h"
#include "handler/script_session.h"
#include "interpreter/interpreter.h"

namespace netkit::lua {

/// The script as one event loop has it: a Lua state, and the calls of its sessions. On that loop.
class ScriptState {
 public:
  /// Registry references of the functions of the script.
  struct Functions {
    int on_message = LUA_NOREF;
    std::optional<int> on_open{};
    std::optional<int> on_close{};
  };
  /// What a call begins with.
  struct Start {
    int function;
    const Message* message;
    std::string_view reason;  ///< of on_close()
  };

  /// Loads the script. Throws ScriptError.
  ScriptState(const Allowance& allowance, const std::vector<std::string>& libraries, const Script& script,
              std::shared_ptr<Facilities> facilities);
  ScriptState(const ScriptState&) = delete;
  ScriptState& operator=(const ScriptState&) = delete;

  static ScriptState& of(lua_State* thread);

  Facilities& facilities() { return *facilities_; }
  const Functions& functions() const { return functions_; }
  /// The call that runs now; null while the script is loaded.
  Call* current() { return current_; }

  /// What the script will hold of a session, and its registry reference.
  std::pair<SessionHandle*, int> make_handle(const Conversation& conversation, ScriptSession& session);
  void release(int reference) { luaL_unref(interpreter_.main(), LUA_REGISTRYINDEX, reference); }

  /// Both run the call until it has ended (true) or waits. They throw ScriptError, and the call has ended.
  bool start(Call& call, const Start& start);
  bool go_on(Call& call);
  /// Sends what on_message() has returned.
  void answer(Call& call);
  /// Takes back the thread of a call that has ended.
  void end(Call& call);
  /// Ends a call that waits.
  void drop(Call& call);

 private:
  bool run(Call& call, int arguments);
  void count(const std::exception& error);

  const std::shared_ptr<Facilities> facilities_;
  Interpreter interpreter_;
  Functions functions_;
  Call* current_ = nullptr;
  lua_State* idle_ = nullptr;  // a thread for the next call
  int idle_reference_ = LUA_NOREF;
};

}  // namespace netkit::lua
