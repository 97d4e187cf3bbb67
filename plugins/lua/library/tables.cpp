#include <string>

#include "interpreter/interpreter.h"
#include "library/libraries.h"

namespace netkit::lua {
namespace {

/// How many positions there are from `first` to `last`.
std::size_t distance(lua_Integer first, lua_Integer last) {
  return last < first ? 0 : static_cast<std::size_t>(last) - static_cast<std::size_t>(first) + 1;
}

/// Calls the function of Lua that is upvalue 2 with all arguments, and returns what it does.
int call_counted(lua_State* state) {
  lua_pushvalue(state, lua_upvalueindex(2));
  lua_insert(state, 1);
  lua_call(state, lua_gettop(state) - 1, LUA_MULTRET);
  return lua_gettop(state);
}

/// Argument 1 is a table, or what has a metatable and may pass for one.
void check_table(lua_State* state) {
  if (lua_istable(state, 1) || lua_getmetatable(state, 1) == 0) return luaL_checktype(state, 1, LUA_TTABLE);
  lua_pop(state, 1);
}

/// Argument `index` as the whole number that Lua's own function would see in it.
lua_Integer check_whole(lua_State* state, int index) {
  const lua_Integer value = luaL_checkinteger(state, index);
  lua_pushinteger(state, value);
  lua_replace(state, index);
  return value;
}

/// insert(t, position, value)
int insert(lua_State* state) {
  const int arguments = lua_gettop(state);
  check_table(state);
  if (arguments == 2) return call_original(state);
  if (arguments != 3) return luaL_error(state, "wrong number of arguments to 'insert'");
  const auto position = static_cast<lua_Unsigned>(check_whole(state, 2));
  const lua_Integer size = luaL_len(state, 1);
  luaL_argcheck(state, position - 1 < static_cast<lua_Unsigned>(size) + 1, 2, "position out of bounds");
  lua_pushinteger(state, size);
  return call_counted(state);
}

/// remove(t, position)
int remove(lua_State* state) {
  check_table(state);
  if (lua_isnoneornil(state, 2)) return call_original(state);
  lua_settop(state, 2);
  const lua_Integer position = check_whole(state, 2);
  const lua_Integer size = luaL_len(state, 1);
  luaL_argcheck(state, position == size || static_cast<lua_Unsigned>(position) - 1 <= static_cast<lua_Unsigned>(size),
                2, "position out of bounds");
  lua_pushinteger(state, size);
  return call_counted(state);
}

/// move(from, first, last, to, target)
int move(lua_State* state) {
  check_table(state);
  const lua_Integer first = check_whole(state, 2);
  const lua_Integer last = check_whole(state, 3);
  const lua_Integer to = check_whole(state, 4);
  lua_settop(state, 5);
  if (last >= first) {
    luaL_argcheck(state, first > 0 || last < LUA_MAXINTEGER + first, 3, "too many elements to move");
    luaL_argcheck(state, to <= LUA_MAXINTEGER - (last - first + 1) + 1, 4, "destination wrap around");
  }
  return call_counted(state);
}

/// concat(t, separator, first, last), unpack(t, first, last): the range begins at argument `First`.
template <int First>
int charge_range(lua_State* state) {
  const lua_Integer first = luaL_optinteger(state, First, 1);
  const lua_Integer last = lua_isnoneornil(state, First + 1) ? luaL_len(state, 1) : luaL_checkinteger(state, First + 1);
  charge(state, distance(first, last) + 1);
  return call_original(state);
}

/// Replaces the function `name` of the table on top by `function`, which has the one that was there as upvalue.
void wrap(lua_State* state, const char* name, lua_CFunction function) {
  lua_getfield(state, -1, name);
  lua_pushcclosure(state, function, 1);
  lua_setfield(state, -2, name);
}

// Lua's own functions move elements without an instruction: by their metamethods, tables seem to have any number of
// elements, or there is nothing to be moved. Nor does sort() unless it is given a function of Lua. Here instructions
// count. The arguments have been checked.
constexpr const char* kCounted = R"(
local table = ...
local sort = table.sort
local function insert(list, position, value, size)
  for i = size, position, -1 do list[i + 1] = list[i] end
  list[position] = value
end
local function remove(list, position, size)
  local value = list[position]
  for i = position, size - 1 do list[i] = list[i + 1] end
  if position < size then position = size end
  list[position] = nil
  return value
end
local function move(from, first, last, to, target)
  target = target or from
  if to > last or to <= first or target ~= from then
    for i = 0, last - first do target[to + i] = from[first + i] end
  else
    for i = last - first, 0, -1 do target[to + i] = from[first + i] end
  end
  return target
end
function table.sort(list, before)
  if before then
    sort(list, function(a, b) return before(a, b) end)
  else
    sort(list, function(a, b) return a < b end)
  end
end
return insert, remove, move)";

}  // namespace

void secure_tables(lua_State* state) {
  wrap(state, "concat", charge_range<3>);
  wrap(state, "unpack", charge_range<2>);
  const int table = lua_gettop(state);
  if (luaL_loadbufferx(state, kCounted, std::char_traits<char>::length(kCounted), "=table", "t") != LUA_OK) {
    lua_error(state);
  }
  lua_pushvalue(state, table);
  lua_call(state, 1, 3);
  const luaL_Reg counted[] = {{"move", move}, {"remove", remove}, {"insert", insert}};  // as they stand on the stack
  for (const luaL_Reg& one : counted) {
    lua_getfield(state, table, one.name);
    lua_insert(state, -2);
    lua_pushcclosure(state, one.func, 2);
    lua_setfield(state, table, one.name);
  }
}

}  // namespace netkit::lua
