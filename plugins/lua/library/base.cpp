#include <stdexcept>
#include <string>
#include <string_view>

#include "interpreter/interpreter.h"
#include "library/libraries.h"

namespace netkit::lua {
namespace {

constexpr std::size_t kLargestChunk = std::size_t{1} << 20;
constexpr std::size_t kStepsPerCharacter = 20;  // compiling
constexpr int kMostProtectedCalls = 180;        // within each other; Lua's own bound, where nothing waits, is near

/// load(text, name, mode, environment): the mode is always text.
int load_text(lua_State* state) {
  std::size_t size = 0;
  const char* text = luaL_checklstring(state, 1, &size);
  const char* name = luaL_optstring(state, 2, "=load");
  luaL_argcheck(state, size <= kLargestChunk, 1, "larger than 1 MiB");
  const bool has_environment = !lua_isnone(state, 4);
  lua_settop(state, 4);
  charge(state, size * kStepsPerCharacter);
  if (luaL_loadbufferx(state, text, size, name, "t") != LUA_OK) {
    luaL_pushfail(state);
    lua_insert(state, -2);
    return 2;
  }
  if (has_environment) {
    lua_pushvalue(state, 4);
    if (lua_setupvalue(state, -2, 1) == nullptr) lua_pop(state, 1);
  }
  return 1;
}

/// Lua runs finalizers without its count hook: one that never ends could not be stopped.
int set_metatable(lua_State* state) {
  const int type = lua_type(state, 2);
  luaL_checktype(state, 1, LUA_TTABLE);
  luaL_argexpected(state, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
  if (luaL_getmetafield(state, 1, "__metatable") != LUA_TNIL) {
    return luaL_error(state, "cannot change a protected metatable");
  }
  if (type == LUA_TTABLE) {
    lua_pushliteral(state, "__gc");
    if (lua_rawget(state, 2) != LUA_TNIL) return luaL_error(state, "a script cannot have finalizers (__gc)");
  }
  lua_settop(state, 2);
  lua_setmetatable(state, 1);
  return 1;
}

/// A handler would run without the count hook where the hook itself has raised the error: it does not get that one.
int handle_error(lua_State* state) {
  if (Interpreter::of(state).meter().excess() != Meter::Excess::none) return 1;
  lua_pushvalue(state, lua_upvalueindex(1));
  lua_insert(state, 1);
  lua_call(state, lua_gettop(state) - 1, 1);
  return 1;
}

/// A protected call begins; returns how many there are on this thread already. After an error Lua looks through all
/// calls below the one that catches it: the time of many within each other would grow by the square.
lua_KContext enter_protected(lua_State* state) {
  int& depth = Interpreter::of(state).protected_calls[state];
  if (depth >= kMostProtectedCalls) luaL_error(state, "too many protected calls within each other");
  return depth++;
}

/// The handler or nil stands at index 1, results or the error behind it; `depth` is that of enter_protected().
int finish_protected(lua_State* state, int status, lua_KContext depth) {
  Interpreter& interpreter = Interpreter::of(state);
  if (depth == 0) {
    interpreter.protected_calls.erase(state);
  } else {
    interpreter.protected_calls[state] = static_cast<int>(depth);  // it is there
  }
  const bool good = status == LUA_OK || status == LUA_YIELD;
  if (!good) interpreter.meter().look(state);  // catching may have taken long
  lua_pushboolean(state, good ? 1 : 0);
  lua_replace(state, 1);
  return lua_gettop(state);
}

/// Calls the function behind index 1, with what stands behind it.
int call_protected(lua_State* state, int handler) {
  const lua_KContext depth = enter_protected(state);
  const int arguments = lua_gettop(state) - 2;
  return finish_protected(state, lua_pcallk(state, arguments, LUA_MULTRET, handler, depth, finish_protected), depth);
}

/// pcall(function, ...)
int protected_call(lua_State* state) {
  luaL_checkany(state, 1);
  lua_pushnil(state);
  lua_insert(state, 1);
  return call_protected(state, 0);
}

/// xpcall(function, handler, ...)
int handled_call(lua_State* state) {
  luaL_checktype(state, 2, LUA_TFUNCTION);
  lua_pushvalue(state, 2);
  lua_pushcclosure(state, handle_error, 1);
  lua_insert(state, 1);  // in front of the function
  lua_remove(state, 3);
  return call_protected(state, 1);
}

int print_line(lua_State* state) {
  std::string line;
  for (int i = 1; i <= lua_gettop(state); ++i) {
    std::size_t size = 0;
    const char* text = luaL_tolstring(state, i, &size);
    if (i > 1) line += '\t';
    line.append(text, size);
    lua_pop(state, 1);
  }
  Interpreter::of(state).print(line);
  return 0;
}

/// collectgarbage("count"); all else is Lua's own business.
int collect_garbage(lua_State* state) {
  const std::string_view option = luaL_optstring(state, 1, "collect");
  if (option == "count") {
    lua_pushnumber(state, static_cast<lua_Number>(Interpreter::of(state).meter().used()) / 1024);
  } else {
    lua_pushinteger(state, 0);
  }
  return 1;
}

/// require(name): upvalue 1 holds what was loaded.
int require_module(lua_State* state) {
  const std::string name = luaL_checkstring(state, 1);
  lua_settop(state, 1);
  if (lua_getfield(state, lua_upvalueindex(1), name.c_str()) != LUA_TNIL) return 1;
  const Interpreter& interpreter = Interpreter::of(state);
  if (!interpreter.loading()) {
    throw std::runtime_error("module '" + name + "' is not loaded yet: call require where the script begins");
  }
  const std::string file = Script::module_file(name);
  if (interpreter.script().compile(state, file) != LUA_OK) return lua_error(state);
  lua_pushvalue(state, 1);
  lua_call(state, 1, 1);
  if (lua_isnil(state, -1)) {
    lua_pop(state, 1);
    lua_pushboolean(state, 1);
  }
  lua_pushvalue(state, -1);
  lua_setfield(state, lua_upvalueindex(1), name.c_str());
  return 1;
}

}  // namespace

void secure_base(lua_State* state) {
  static const luaL_Reg replaced[] = {
      {"load", guard<load_text>},
      {"setmetatable", set_metatable},
      {"pcall", guard<protected_call>},
      {"xpcall", guard<handled_call>},
      {"print", guard<print_line>},
      {"collectgarbage", collect_garbage},
      {nullptr, nullptr},
  };
  luaL_setfuncs(state, replaced, 0);
  for (const char* name : {"dofile", "loadfile", "warn"}) {
    lua_pushnil(state);
    lua_setfield(state, -2, name);
  }
  charge_arguments(state, "tonumber");
}

void open_require(lua_State* state) {
  lua_newtable(state);
  lua_pushcclosure(state, guard<require_module>, 1);
  lua_setglobal(state, "require");
}

}  // namespace netkit::lua
