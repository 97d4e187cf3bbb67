#include <chrono>
#include <new>
#include <string>

#include "handler/script_api.h"
#include "library/values.h"

namespace netkit::lua {
namespace {

constexpr const char* kGroup = "netkit.group";

using HeldGroup = std::shared_ptr<const Group>;

int slept(lua_State* /*state*/, int /*status*/, lua_KContext /*context*/) { return 0; }

/// netkit.sleep(seconds)
int sleep(lua_State* state) {
  const double seconds = check_seconds(state, 1);
  check_can_wait(state).seconds = seconds;
  return wait(state, slept);
}

/// netkit.log(level, text)
int log(lua_State* state) {
  static const char* const names[] = {"debug", "info", "warning", "error", nullptr};
  static constexpr LogLevel levels[] = {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error};
  const int level = luaL_checkoption(state, 1, nullptr, names);
  std::size_t size = 0;
  const char* text = luaL_tolstring(state, 2, &size);
  log_line(ScriptState::of(state), levels[level], {text, size});
  return 0;
}

/// netkit.time(): seconds since 1970.
int time(lua_State* state) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  lua_pushnumber(state, std::chrono::duration<double>(now).count());
  return 1;
}

HeldGroup& check_group(lua_State* state) { return *static_cast<HeldGroup*>(luaL_checkudata(state, 1, kGroup)); }

/// netkit.group(name)
int group(lua_State* state) {
  const std::string name(check_bytes(state, 1));
  void* place = lua_newuserdatauv(state, sizeof(HeldGroup), 0);
  new (place) HeldGroup(ScriptState::of(state).facilities().groups.named(name));
  luaL_setmetatable(state, kGroup);
  return 1;
}

int group_add(lua_State* state) {
  check_group(state)->add(check_session(state, 2).conversation);
  return 0;
}

int group_remove(lua_State* state) {
  check_group(state)->remove(check_session(state, 2).conversation);
  return 0;
}

/// group:send(body, except)
int group_send(lua_State* state) {
  const HeldGroup& held = check_group(state);
  const std::string_view body = check_bytes(state, 2);
  count_sent(state, body.size());
  held->send(body, lua_isnoneornil(state, 3) ? Conversation() : check_session(state, 3).conversation);
  return 0;
}

int group_size(lua_State* state) {
  lua_pushinteger(state, static_cast<lua_Integer>(check_group(state)->size()));
  return 1;
}

int group_collect(lua_State* state) {
  static_cast<HeldGroup*>(lua_touserdata(state, 1))->~HeldGroup();
  return 0;
}

using Value = SharedTable::Value;

Value check_value(lua_State* state, int index) {
  switch (lua_type(state, index)) {
    case LUA_TBOOLEAN:
      return lua_toboolean(state, index) != 0;
    case LUA_TNUMBER:
      if (lua_isinteger(state, index) != 0) return static_cast<std::int64_t>(lua_tointeger(state, index));
      return static_cast<double>(lua_tonumber(state, index));
    default:
      return std::string(check_bytes(state, index));
  }
}

void push_value(lua_State* state, const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    lua_pushlstring(state, text->data(), text->size());
  } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    lua_pushinteger(state, *whole);
  } else if (const auto* real = std::get_if<double>(&value)) {
    lua_pushnumber(state, *real);
  } else {
    lua_pushboolean(state, std::get<bool>(value) ? 1 : 0);
  }
}

std::optional<SharedTable::Clock::time_point> check_expiry(lua_State* state, int index,
                                                           SharedTable::Clock::time_point now) {
  if (lua_isnoneornil(state, index)) return std::nullopt;
  const std::chrono::duration<double> time(check_seconds(state, index));
  return now + std::chrono::duration_cast<SharedTable::Clock::duration>(time);
}

int shared_get(lua_State* state) {
  const std::string key(check_bytes(state, 1));
  const auto value = ScriptState::of(state).facilities().shared->get(key, SharedTable::Clock::now());
  if (value) {
    push_value(state, *value);
  } else {
    lua_pushnil(state);
  }
  return 1;
}

int shared_set(lua_State* state) {
  const std::string key(check_bytes(state, 1));
  SharedTable& table = *ScriptState::of(state).facilities().shared;
  if (lua_isnoneornil(state, 2)) {
    table.erase(key);
    return 0;
  }
  const auto now = SharedTable::Clock::now();
  if (table.set(key, check_value(state, 2), check_expiry(state, 3, now), now)) return 0;
  return luaL_error(state, "netkit.shared is full");
}

int shared_add(lua_State* state) {
  const std::string key(check_bytes(state, 1));
  luaL_checktype(state, 2, LUA_TNUMBER);
  const auto now = SharedTable::Clock::now();
  const auto sum =
      ScriptState::of(state).facilities().shared->add(key, check_value(state, 2), check_expiry(state, 3, now), now);
  if (!sum) return luaL_error(state, "netkit.shared is full");
  push_value(state, *sum);
  return 1;
}

int shared_delete(lua_State* state) {
  ScriptState::of(state).facilities().shared->erase(std::string(check_bytes(state, 1)));
  return 0;
}

}  // namespace

Call& check_can_wait(lua_State* state) {
  Call* call = ScriptState::of(state).current();
  if (call == nullptr) luaL_error(state, "nothing can wait while the script is loaded");
  // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): luaL_error() does not return
  if (call->kind == Call::Kind::close) luaL_error(state, "nothing can wait once the session has ended");
  if (lua_isyieldable(state) == 0) luaL_error(state, "cannot wait here: a function of C is in between");
  return *call;
}

int wait(lua_State* state, lua_KFunction go_on) {
  Interpreter::of(state).wait_wanted = true;
  return lua_yieldk(state, 0, 0, go_on);
}

void count_sent(lua_State* state, std::size_t bytes) {
  Call* call = ScriptState::of(state).current();
  if (call == nullptr) return;
  call->sent += bytes;
  if (call->sent > ScriptState::of(state).facilities().memory) luaL_error(state, "the call sends more than its memory");
}

void log_line(ScriptState& state, LogLevel level, std::string_view text) {
  const Call* call = state.current();
  if (call != nullptr && !call->session->has_ended()) {
    call->session->conversation().log(level, text);
  } else {
    state.facilities().log.write(level, text);
  }
}

void add_groups(lua_State* state) {
  static const luaL_Reg methods[] = {{"add", guard<group_add>},
                                     {"remove", guard<group_remove>},
                                     {"send", guard<group_send>},
                                     {"size", guard<group_size>},
                                     {nullptr, nullptr}};
  luaL_newmetatable(state, kGroup);
  lua_newtable(state);
  luaL_setfuncs(state, methods, 0);
  lua_setfield(state, -2, "__index");
  lua_pushcfunction(state, group_collect);
  lua_setfield(state, -2, "__gc");
  lua_pushboolean(state, 0);
  lua_setfield(state, -2, "__metatable");
  lua_pop(state, 1);
  lua_pushcfunction(state, guard<group>);
  lua_setfield(state, -2, "group");
}

void add_shared_table(lua_State* state) {
  static const luaL_Reg functions[] = {{"get", guard<shared_get>},
                                       {"set", guard<shared_set>},
                                       {"add", guard<shared_add>},
                                       {"delete", guard<shared_delete>},
                                       {nullptr, nullptr}};
  lua_newtable(state);
  luaL_setfuncs(state, functions, 0);
  lua_setfield(state, -2, "shared");
}

void open_script_api(lua_State* state) {
  static const luaL_Reg functions[] = {
      {"sleep", guard<sleep>}, {"log", guard<log>}, {"time", time}, {nullptr, nullptr}};
  open_sessions(state);
  lua_newtable(state);
  luaL_setfuncs(state, functions, 0);
  add_groups(state);
  add_shared_table(state);
  add_upstreams(state);
  lua_setglobal(state, "netkit");
}

}  // namespace netkit::lua
