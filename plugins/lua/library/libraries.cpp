#include "library/libraries.h"

#include <algorithm>

#include "interpreter/interpreter.h"

namespace netkit::lua {
namespace {

void secure_os(lua_State* state);

struct Library {
  const char* name;
  const char* global;
  lua_CFunction open;
  void (*secure)(lua_State*);
};

const Library kLibraries[] = {
    {"base", LUA_GNAME, luaopen_base, secure_base},
    {"string", LUA_STRLIBNAME, luaopen_string, secure_strings},
    {"table", LUA_TABLIBNAME, luaopen_table, secure_tables},
    {"math", LUA_MATHLIBNAME, luaopen_math, nullptr},
    {"utf8", LUA_UTF8LIBNAME, luaopen_utf8, secure_utf8},
    {"coroutine", LUA_COLIBNAME, luaopen_coroutine, open_coroutines},
    {"os", LUA_OSLIBNAME, luaopen_os, secure_os},
};

int call_charged(lua_State* state) {
  charge(state, lua_rawlen(state, 1) + lua_rawlen(state, 2));
  return call_original(state);
}

/// The time alone: programs, files, the environment and the server are not the script's.
void secure_os(lua_State* state) {
  charge_arguments(state, "date");
  for (const char* name : {"execute", "exit", "getenv", "remove", "rename", "setlocale", "tmpname"}) {
    lua_pushnil(state);
    lua_setfield(state, -2, name);
  }
}

}  // namespace

const std::vector<std::string>& library_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Library& library : kLibraries) all.emplace_back(library.name);
    return all;
  }();
  return names;
}

void open_libraries(lua_State* state, const std::vector<std::string>& names) {
  const auto wanted = [&](const char* name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  for (const Library& library : kLibraries) {
    if (!wanted(library.name)) continue;
    luaL_requiref(state, library.global, library.open, 1);
    if (library.secure != nullptr) library.secure(state);
    lua_pop(state, 1);
  }
  open_require(state);
}

void charge(lua_State* state, std::size_t steps) { Interpreter::of(state).meter().charge(state, steps); }

int call_original(lua_State* state) { return lua_tocfunction(state, lua_upvalueindex(1))(state); }

void charge_arguments(lua_State* state, const char* name) {
  lua_getfield(state, -1, name);
  lua_pushcclosure(state, call_charged, 1);
  lua_setfield(state, -2, name);
}

void secure_utf8(lua_State* state) {
  for (const char* name : {"len", "codepoint", "offset"}) charge_arguments(state, name);
}

}  // namespace netkit::lua
