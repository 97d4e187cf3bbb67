#include <new>
#include <string>

#include "handler/link.h"
#include "handler/script_api.h"
#include "library/values.h"

namespace netkit::lua {
namespace {

constexpr const char* kUpstream = "netkit.upstream";

using HeldLink = std::shared_ptr<Link>;

HeldLink& check_link(lua_State* state, int index) {
  return *static_cast<HeldLink*>(luaL_checkudata(state, index, kUpstream));
}

int fail(lua_State* state, const std::string& reason) {
  luaL_pushfail(state);
  lua_pushlstring(state, reason.data(), reason.size());
  return 2;
}

/// The upstream stands on top.
int connected(lua_State* state, int /*status*/, lua_KContext /*context*/) {
  const HeldLink& link = check_link(state, -1);
  if (link->connected()) return 1;
  return fail(state, link->end());
}

/// netkit.connect(name): an upstream, or nil and the reason.
int upstream_connect(lua_State* state) {
  const std::string name(check_bytes(state, 1));
  Call& call = check_can_wait(state);
  const Options::Targets& targets = ScriptState::of(state).facilities().targets;
  const auto target = targets.find(name);
  if (target == targets.end()) return luaL_error(state, "'connect' of the config names no '%s'", name.c_str());
  void* place = lua_newuserdatauv(state, sizeof(HeldLink), 0);
  auto& link = *new (place) HeldLink(std::make_shared<Link>(call.session->conversation()));
  luaL_setmetatable(state, kUpstream);
  if (!call.session->keep(link)) return luaL_error(state, "the session has too many connections");
  Link::open(link, target->second, *call.session);
  call.link = link;
  return wait(state, connected);
}

/// The upstream stands at index 1.
int upstream_received(lua_State* state, int /*status*/, lua_KContext /*context*/) {
  const HeldLink& link = check_link(state, 1);
  if (!link->has_message()) return fail(state, link->ended() ? link->end() : "timeout");
  const Link::Kept kept = link->take();
  lua_pushlstring(state, kept.body.data(), kept.body.size());
  if (kept.attributes.empty()) return 1;
  push_attributes(state, kept.attributes);
  return 2;
}

/// upstream:receive(seconds): the next message and its attributes, or nil and the reason.
int upstream_receive(lua_State* state) {
  const HeldLink& link = check_link(state, 1);
  const bool bounded = !lua_isnoneornil(state, 2);
  const double seconds = bounded ? check_seconds(state, 2) : 0;
  if (link->has_message() || link->ended()) return upstream_received(state, LUA_OK, 0);
  Call& call = check_can_wait(state);
  if (call.session != link->session()) return luaL_error(state, "the connection belongs to another session");
  if (link->awaited()) return luaL_error(state, "another call waits for the connection already");
  call.link = link;
  if (bounded) call.seconds = seconds;
  return wait(state, upstream_received);
}

/// upstream:send(body, attributes): false if it has ended or too much waits.
int upstream_send(lua_State* state) {
  const HeldLink& link = check_link(state, 1);
  const std::string_view body = check_bytes(state, 2);
  lua_pushboolean(state, link->upstream().send(body, check_attributes(state, 3)) ? 1 : 0);
  return 1;
}

int upstream_close(lua_State* state) {
  check_link(state, 1)->upstream().close();
  return 0;
}

int upstream_collect(lua_State* state) {
  HeldLink& link = *static_cast<HeldLink*>(lua_touserdata(state, 1));
  link->drop();
  link.~HeldLink();
  return 0;
}

}  // namespace

void add_upstreams(lua_State* state) {
  static const luaL_Reg methods[] = {{"send", guard<upstream_send>},
                                     {"receive", guard<upstream_receive>},
                                     {"close", guard<upstream_close>},
                                     {nullptr, nullptr}};
  luaL_newmetatable(state, kUpstream);
  lua_newtable(state);
  luaL_setfuncs(state, methods, 0);
  lua_setfield(state, -2, "__index");
  lua_pushcfunction(state, upstream_collect);
  lua_setfield(state, -2, "__gc");
  lua_pushboolean(state, 0);
  lua_setfield(state, -2, "__metatable");
  lua_pop(state, 1);
  lua_pushcfunction(state, guard<upstream_connect>);
  lua_setfield(state, -2, "connect");
}

}  // namespace netkit::lua
