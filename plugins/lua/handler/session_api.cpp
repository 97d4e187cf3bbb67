#include <new>
#include <string_view>

#include "handler/script_api.h"
#include "library/values.h"

namespace netkit::lua {
namespace {

constexpr const char* kSession = "netkit.session";

/// The call that runs, if it answers a message of this session.
Call* answering(lua_State* state, const SessionHandle& handle) {
  Call* call = ScriptState::of(state).current();
  const bool is = call != nullptr && call->kind == Call::Kind::message && call->session == handle.session;
  return is ? call : nullptr;
}

/// session:send(body, attributes): part of the answer while a message of the session is answered, else unasked.
int send(lua_State* state) {
  const SessionHandle& handle = check_session(state, 1);
  const std::string_view body = check_bytes(state, 2);
  const Attributes attributes = check_attributes(state, 3);
  count_sent(state, body.size());
  bool sent = true;
  Call* call = answering(state, handle);
  if (call == nullptr) {
    sent = handle.conversation.send(body, attributes);
  } else if (call->responder != nullptr) {
    call->responder->send(body, attributes);
  } else {
    sent = call->reply.send(body, attributes);
  }
  lua_pushboolean(state, sent ? 1 : 0);
  return 1;
}

int close(lua_State* state) {
  const SessionHandle& handle = check_session(state, 1);
  Call* call = ScriptState::of(state).current();
  if (call != nullptr && call->session == handle.session) {
    call->closes = true;  // behind what the call still sends
  } else {
    handle.conversation.close();
  }
  return 0;
}

/// session:after(seconds, function)
int after(lua_State* state) {
  const SessionHandle& handle = check_session(state, 1);
  const double seconds = check_seconds(state, 2);
  luaL_checktype(state, 3, LUA_TFUNCTION);
  const Call* call = ScriptState::of(state).current();
  const bool ends = call->kind == Call::Kind::close && call->session == handle.session;
  if (handle.session == nullptr || ends) {
    lua_pushboolean(state, 0);
    return 1;
  }
  lua_settop(state, 3);
  const int reference = luaL_ref(state, LUA_REGISTRYINDEX);
  if (!handle.session->call_after(seconds, reference)) {
    luaL_unref(state, LUA_REGISTRYINDEX, reference);
    return luaL_error(state, "the session has too many timers");
  }
  lua_pushboolean(state, 1);
  return 1;
}

int collect(lua_State* state) {
  static_cast<SessionHandle*>(lua_touserdata(state, 1))->~SessionHandle();
  return 0;
}

/// session.state: a table, made when it is first asked for.
int push_state(lua_State* state) {
  if (lua_getiuservalue(state, 1, 1) == LUA_TNIL) {
    lua_newtable(state);
    lua_pushvalue(state, -1);
    lua_setiuservalue(state, 1, 1);
  }
  return 1;
}

/// Methods stand in upvalue 1.
int index(lua_State* state) {
  lua_settop(state, 2);
  lua_pushvalue(state, 2);
  if (lua_rawget(state, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  const SessionHandle& handle = check_session(state, 1);
  const std::string_view name = lua_type(state, 2) == LUA_TSTRING ? lua_tostring(state, 2) : "";
  if (name == "state") return push_state(state);
  if (name == "peer") {
    push_peer(state, handle.conversation.peer());
  } else if (name == "id") {
    lua_pushinteger(state, static_cast<lua_Integer>(handle.conversation.id()));
  } else {
    return luaL_error(state, "a session has no '%s', but send, close, after, state, peer, id",
                      luaL_tolstring(state, 2, nullptr));
  }
  return 1;
}

int new_index(lua_State* state) {
  check_session(state, 1);
  const std::string_view name = lua_type(state, 2) == LUA_TSTRING ? lua_tostring(state, 2) : "";
  if (name != "state") return luaL_error(state, "only 'state' of a session can be set; what is yours belongs into it");
  luaL_checktype(state, 3, LUA_TTABLE);
  lua_settop(state, 3);
  lua_setiuservalue(state, 1, 1);
  return 0;
}

}  // namespace

SessionHandle& check_session(lua_State* state, int index) {
  return *static_cast<SessionHandle*>(luaL_checkudata(state, index, kSession));
}

SessionHandle* push_session(lua_State* state, const Conversation& conversation) {
  void* place = lua_newuserdatauv(state, sizeof(SessionHandle), 1);
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): Lua owns the memory, and its collector ends the handle
  auto* handle = new (place) SessionHandle{conversation, nullptr};
  luaL_setmetatable(state, kSession);
  return handle;
}

void open_sessions(lua_State* state) {
  static const luaL_Reg methods[] = {
      {"send", guard<send>}, {"close", guard<close>}, {"after", guard<after>}, {nullptr, nullptr}};
  luaL_newmetatable(state, kSession);
  lua_pushcfunction(state, collect);
  lua_setfield(state, -2, "__gc");
  lua_newtable(state);
  luaL_setfuncs(state, methods, 0);
  lua_pushcclosure(state, guard<index>, 1);
  lua_setfield(state, -2, "__index");
  lua_pushcfunction(state, new_index);
  lua_setfield(state, -2, "__newindex");
  lua_pushboolean(state, 0);
  lua_setfield(state, -2, "__metatable");
  lua_pop(state, 1);
}

}  // namespace netkit::lua
