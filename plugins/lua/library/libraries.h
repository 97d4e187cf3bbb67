#pragma once

#include <lua.hpp>
#include <string>
#include <vector>

namespace netkit::lua {

/// The names of the libraries that a script may be given.
const std::vector<std::string>& library_names();

/// Opens the libraries that are named, and `require`. They are made safe: what could work for long in one instruction
/// is charged to the call, nothing loads bytecode, nothing reaches files or programs, no finalizer runs unwatched. May
/// raise errors of Lua.
void open_libraries(lua_State* state, const std::vector<std::string>& names);

// Each takes the place of some functions of a library that has been opened as Lua has it. May raise errors of Lua.
void secure_base(lua_State* state);
void secure_strings(lua_State* state);
void secure_tables(lua_State* state);
void secure_utf8(lua_State* state);
void open_coroutines(lua_State* state);

/// `require` for modules in the script's folder, while the script is loaded. Sets the global.
void open_require(lua_State* state);

/// Announces work of so many steps to the meter of the state.
void charge(lua_State* state, std::size_t steps);
/// Goes on as the function of C that is upvalue 1 and has none itself: as if it had been called, its errors say where.
int call_original(lua_State* state);
/// Replaces the function `name` of the table on top by one that charges the lengths of its first two arguments first.
void charge_arguments(lua_State* state, const char* name);

}  // namespace netkit::lua
