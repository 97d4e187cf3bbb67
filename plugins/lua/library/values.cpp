#include "library/values.h"

#include <algorithm>
#include <vector>

namespace netkit::lua {
namespace {

constexpr double kLongest = 100.0 * 365 * 86400;  // seconds

struct Pusher {
  lua_State* state;
  void operator()(std::nullptr_t) const { lua_pushnil(state); }
  void operator()(bool value) const { lua_pushboolean(state, value ? 1 : 0); }
  void operator()(std::int64_t value) const { lua_pushinteger(state, value); }
  void operator()(double value) const { lua_pushnumber(state, value); }
  void operator()(const std::string& value) const { lua_pushlstring(state, value.data(), value.size()); }
};

/// The value on top.
AttributeValue attribute_value(lua_State* state, const std::string& name) {
  switch (lua_type(state, -1)) {
    case LUA_TBOOLEAN:
      return lua_toboolean(state, -1) != 0;
    case LUA_TNUMBER:
      if (lua_isinteger(state, -1) != 0) return static_cast<std::int64_t>(lua_tointeger(state, -1));
      return static_cast<double>(lua_tonumber(state, -1));
    case LUA_TSTRING: {
      std::size_t size = 0;
      const char* text = lua_tolstring(state, -1, &size);
      return std::string(text, size);
    }
    default:
      luaL_error(state, "attribute '%s' is a %s, expected a string, a number or a boolean", name.c_str(),
                 luaL_typename(state, -1));
      return nullptr;
  }
}

void set_text(lua_State* state, const char* key, const std::string& text) {
  if (text.empty()) return;
  lua_pushlstring(state, text.data(), text.size());
  lua_setfield(state, -2, key);
}

int peer_text(lua_State* state) {
  lua_getfield(state, 1, "address");
  return 1;
}

}  // namespace

void push_attributes(lua_State* state, const Attributes& attributes) {
  lua_createtable(state, 0, static_cast<int>(std::min<std::size_t>(attributes.size(), 64)));
  for (const Attributes::Attribute& one : attributes) {
    lua_pushlstring(state, one.name.data(), one.name.size());
    lua_pushvalue(state, -1);
    const bool known = lua_rawget(state, -3) != LUA_TNIL;
    lua_pop(state, 1);
    if (known) {  // the first of a name counts, as in Attributes::find()
      lua_pop(state, 1);
      continue;
    }
    std::visit(Pusher{state}, one.value);
    lua_rawset(state, -3);
  }
}

Attributes check_attributes(lua_State* state, int index) {
  Attributes attributes;
  if (lua_isnoneornil(state, index)) return attributes;
  luaL_checktype(state, index, LUA_TTABLE);
  std::vector<Attributes::Attribute> list;
  for (lua_pushnil(state); lua_next(state, index) != 0; lua_pop(state, 1)) {
    if (lua_type(state, -2) != LUA_TSTRING) luaL_error(state, "the name of an attribute is no string");
    std::size_t size = 0;
    const char* name = lua_tolstring(state, -2, &size);
    list.push_back({std::string(name, size), nullptr});
    list.back().value = attribute_value(state, list.back().name);
  }
  // A table has no order: the same answer is to be the same bytes each time.
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  for (Attributes::Attribute& one : list) attributes.add(std::move(one.name), std::move(one.value));
  return attributes;
}

void push_peer(lua_State* state, const Peer& peer) {
  lua_newtable(state);
  set_text(state, "host", peer.host);
  const bool v6 = peer.host.find(':') != std::string::npos;
  const bool is_unix = peer.host.starts_with("unix:");
  const std::string host = v6 && !is_unix ? "[" + peer.host + "]" : peer.host;
  set_text(state, "address", is_unix ? host : host + ":" + std::to_string(peer.port));
  lua_pushinteger(state, peer.port);
  lua_setfield(state, -2, "port");
  set_text(state, "certificate", peer.certificate);
  set_text(state, "server_name", peer.server_name);
  set_text(state, "proxy", peer.proxy);
  if (peer.credentials) {
    lua_pushinteger(state, peer.credentials->user);
    lua_setfield(state, -2, "uid");
    lua_pushinteger(state, peer.credentials->group);
    lua_setfield(state, -2, "gid");
    lua_pushinteger(state, peer.credentials->process);
    lua_setfield(state, -2, "pid");
  }
  if (luaL_newmetatable(state, "netkit.peer") != 0) {
    lua_pushcfunction(state, peer_text);
    lua_setfield(state, -2, "__tostring");
    lua_pushboolean(state, 0);
    lua_setfield(state, -2, "__metatable");
  }
  lua_setmetatable(state, -2);
}

std::string_view check_bytes(lua_State* state, int index) {
  std::size_t size = 0;
  const char* bytes = luaL_checklstring(state, index, &size);
  return {bytes, size};
}

double check_seconds(lua_State* state, int index) {
  const double seconds = luaL_checknumber(state, index);
  luaL_argcheck(state, seconds >= 0 && seconds <= kLongest, index, "expected seconds from 0 on");
  return seconds;
}

}  // namespace netkit::lua
