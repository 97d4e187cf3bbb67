#pragma once

#include <lua.hpp>
#include <string>
#include <string_view>

#include "netkit/attributes.h"
#include "netkit/peer.h"

namespace netkit::lua {

// Values of the SDK as tables of Lua and back. All may raise errors of Lua.

void push_attributes(lua_State* state, const Attributes& attributes);
/// The attributes that a table at `index` holds, by name; none if there is nil or nothing.
Attributes check_attributes(lua_State* state, int index);
/// A table of the facts there are, whose tostring() is the address.
void push_peer(lua_State* state, const Peer& peer);
/// The bytes of a string or number argument.
std::string_view check_bytes(lua_State* state, int index);
/// A time in seconds, from 0.
double check_seconds(lua_State* state, int index);

}  // namespace netkit::lua
