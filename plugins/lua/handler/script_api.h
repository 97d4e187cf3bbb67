#pragma once

#include <lua.hpp>
#include <string_view>

#include "handler/script_session.h"
#include "handler/script_state.h"
#include "netkit/log.h"

namespace netkit::lua {

/// Sets the global `netkit`, and the methods of sessions, groups and upstreams. May raise errors of Lua.
void open_script_api(lua_State* state);
void open_sessions(lua_State* state);
/// Each sets members of the table on top.
void add_upstreams(lua_State* state);
void add_shared_table(lua_State* state);
void add_groups(lua_State* state);

/// Pushes what a script holds of a session.
SessionHandle* push_session(lua_State* state, const Conversation& conversation);
/// The session that is argument `index`.
SessionHandle& check_session(lua_State* state, int index);

/// The call that runs, which is about to wait. Raises an error where nothing can wait.
Call& check_can_wait(lua_State* state);
/// Waits for what the call has been given to wait for, and goes on with `go_on`.
int wait(lua_State* state, lua_KFunction go_on);

/// A call that does not wait keeps the loop from sending: what it sends stays in memory, of which it may use as much as
/// its script may. Raises an error for more.
void count_sent(lua_State* state, std::size_t bytes);

/// Writes a line about the session of the call that runs, or about the listener.
void log_line(ScriptState& state, LogLevel level, std::string_view text);

}  // namespace netkit::lua
