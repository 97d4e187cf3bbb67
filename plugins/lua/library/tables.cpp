#include <algorithm>

#include "interpreter/interpreter.h"
#include "library/libraries.h"

namespace netkit::lua {
namespace {

/// How many positions there are from `first` to `last`.
std::size_t distance(lua_Integer first, lua_Integer last) {
  return last < first ? 0 : static_cast<std::size_t>(last) - static_cast<std::size_t>(first) + 1;
}

int call_original(lua_State* state) {
  lua_pushvalue(state, lua_upvalueindex(1));
  lua_insert(state, 1);
  lua_call(state, lua_gettop(state) - 1, LUA_MULTRET);
  return lua_gettop(state);
}

/// insert(t, position, value) and remove(t, position) move what is behind the position; without one they move nothing.
template <int Arguments>
int charge_moved(lua_State* state) {
  if (lua_gettop(state) >= Arguments && lua_istable(state, 1) && lua_isinteger(state, 2) != 0) {
    charge(state, distance(lua_tointeger(state, 2), luaL_len(state, 1)));
  }
  return call_original(state);
}

/// concat(t, separator, first, last), unpack(t, first, last), move(t, first, last, ...): the range begins at argument
/// `First`.
template <int First>
int charge_range(lua_State* state) {
  const lua_Integer first = luaL_optinteger(state, First, 1);
  const lua_Integer last = lua_isnoneornil(state, First + 1) ? luaL_len(state, 1) : luaL_checkinteger(state, First + 1);
  charge(state, distance(first, last));
  return call_original(state);
}

/// Replaces the function `name` of the table on top by `function`, which has the one that was there as upvalue.
void wrap(lua_State* state, const char* name, lua_CFunction function) {
  lua_getfield(state, -1, name);
  lua_pushcclosure(state, function, 1);
  lua_setfield(state, -2, name);
}

// Lua sorts without an instruction of its own unless it is given a function of Lua: then its instructions count.
constexpr const char* kSort = R"(
local sort = ...
return function(list, before)
  if before then
    sort(list, function(a, b) return before(a, b) end)
  else
    sort(list, function(a, b) return a < b end)
  end
end)";

}  // namespace

void secure_tables(lua_State* state) {
  wrap(state, "insert", charge_moved<3>);
  wrap(state, "remove", charge_moved<2>);
  wrap(state, "concat", charge_range<3>);
  wrap(state, "unpack", charge_range<2>);
  wrap(state, "move", charge_range<2>);
  if (luaL_loadbufferx(state, kSort, std::char_traits<char>::length(kSort), "=table.sort", "t") != LUA_OK) {
    lua_error(state);
  }
  lua_getfield(state, -2, "sort");
  lua_call(state, 1, 1);
  lua_setfield(state, -2, "sort");
}

}  // namespace netkit::lua
