#include "handler/script_state.h"

#include <stdexcept>

#include "handler/script_api.h"
#include "library/values.h"

namespace netkit::lua {
namespace {

constexpr const char* kStateKey = "netkit.state";

/// What a call has returned, at index 1 and 2.
int finish_call(lua_State* thread, int /*status*/, lua_KContext /*context*/) {
  Call& call = *ScriptState::of(thread).current();
  if (call.kind != Call::Kind::message) return 0;
  const int type = lua_type(thread, 1);
  if (type == LUA_TNUMBER) {
    lua_tolstring(thread, 1, nullptr);
  } else if (type != LUA_TSTRING && type != LUA_TNIL) {
    return luaL_error(thread, "on_message returned a %s, expected a string, a number or nil",
                      lua_typename(thread, type));
  }
  if (!lua_isnil(thread, 2)) call.attributes = std::make_unique<Attributes>(check_attributes(thread, 2));
  lua_settop(thread, 1);
  return 1;
}

int finish_guarded(lua_State* thread, int status, lua_KContext context) {
  try {
    return finish_call(thread, status, context);
  } catch (const std::exception& error) {
    lua_pushstring(thread, error.what());
  }
  return lua_error(thread);
}

/// The first function of a thread: calls the script's with its arguments, protected, as taking memory may fail.
int begin_call(lua_State* thread) {
  const auto& start = *static_cast<const ScriptState::Start*>(lua_touserdata(thread, 1));
  const Call& call = *ScriptState::of(thread).current();
  lua_settop(thread, 0);
  lua_rawgeti(thread, LUA_REGISTRYINDEX, start.function);
  lua_rawgeti(thread, LUA_REGISTRYINDEX, call.session->reference());
  int arguments = 1;
  if (start.message != nullptr) {
    lua_pushlstring(thread, start.message->body.data(), start.message->body.size());
    if (start.message->attributes != nullptr) {
      push_attributes(thread, *start.message->attributes);
    } else {
      lua_pushnil(thread);
    }
    arguments = 3;
  } else if (call.kind == Call::Kind::close) {
    lua_pushlstring(thread, start.reason.data(), start.reason.size());
    arguments = 2;
  }
  lua_callk(thread, arguments, 2, 0, finish_guarded);
  return finish_call(thread, LUA_OK, 0);
}

}  // namespace

ScriptState::ScriptState(const Allowance& allowance, const std::vector<std::string>& libraries, const Script& script,
                         std::shared_ptr<Facilities> facilities)
    : facilities_(std::move(facilities)),
      interpreter_(allowance, libraries, [this](std::string_view line) { log_line(*this, LogLevel::info, line); }) {
  interpreter_.guarded([this](lua_State* state) {
    lua_pushlightuserdata(state, this);
    lua_rawsetp(state, LUA_REGISTRYINDEX, &kStateKey);
    open_script_api(state);
  });
  interpreter_.load(script);
  const std::optional<int> on_message = interpreter_.global_function("on_message");
  if (!on_message)
    throw ScriptError(script.file() + ": has no function 'on_message', expected on_message(session, body)");
  functions_ = {*on_message, interpreter_.global_function("on_open"), interpreter_.global_function("on_close")};
}

ScriptState& ScriptState::of(lua_State* thread) {
  lua_rawgetp(thread, LUA_REGISTRYINDEX, &kStateKey);
  auto* state = static_cast<ScriptState*>(lua_touserdata(thread, -1));
  lua_pop(thread, 1);
  return *state;
}

std::pair<SessionHandle*, int> ScriptState::make_handle(const Conversation& conversation, ScriptSession& session) {
  std::pair<SessionHandle*, int> made{nullptr, LUA_NOREF};
  interpreter_.guarded([&](lua_State* state) {
    made.first = push_session(state, conversation);
    made.second = luaL_ref(state, LUA_REGISTRYINDEX);
  });
  made.first->session = &session;
  return made;
}

bool ScriptState::start(Call& call, const Start& start) {
  if (idle_ == nullptr) {
    interpreter_.guarded([this](lua_State* state) {
      lua_State* thread = interpreter_.new_thread(state);
      idle_reference_ = luaL_ref(state, LUA_REGISTRYINDEX);
      idle_ = thread;
    });
  }
  call.thread = std::exchange(idle_, nullptr);
  call.thread_reference = std::exchange(idle_reference_, LUA_NOREF);
  lua_pushcfunction(call.thread, guard<begin_call>);
  lua_pushlightuserdata(call.thread, const_cast<Start*>(&start));
  return run(call, 1);
}

bool ScriptState::go_on(Call& call) { return run(call, 0); }

bool ScriptState::run(Call& call, int arguments) {
  Call* before = std::exchange(current_, &call);
  try {
    int results = 0;
    const bool done = interpreter_.resume(call.thread, arguments, results);
    if (!done && !std::exchange(interpreter_.wait_wanted, false)) {
      throw ScriptError("the call has yielded outside of a coroutine");
    }
    current_ = before;
    return done;
  } catch (const std::exception& error) {
    count(error);
    interpreter_.wait_wanted = false;
    interpreter_.abandon(call.thread);
    current_ = before;
    release(std::exchange(call.thread_reference, LUA_NOREF));
    throw;
  }
}

void ScriptState::count(const std::exception& /*error*/) {
  facilities_->errors.add();
  if (interpreter_.meter().excess() == Meter::Excess::time) facilities_->over_budget.add();
  if (interpreter_.meter().excess() == Meter::Excess::memory) facilities_->over_memory.add();
}

void ScriptState::answer(Call& call) {
  if (lua_type(call.thread, -1) != LUA_TSTRING) return;
  std::size_t size = 0;
  const char* text = lua_tolstring(call.thread, -1, &size);
  const Attributes& attributes = call.attributes ? *call.attributes : kNoAttributes;
  if (call.responder != nullptr) {
    call.responder->send({text, size}, attributes);
  } else {
    call.reply.send({text, size}, attributes);
  }
}

void ScriptState::end(Call& call) {
  lua_settop(call.thread, 0);
  if (idle_ != nullptr) {
    release(call.thread_reference);
    return;
  }
  idle_ = call.thread;
  idle_reference_ = call.thread_reference;
}

void ScriptState::drop(Call& call) {
  Call* before = std::exchange(current_, &call);
  call.kind = Call::Kind::close;  // it cannot wait again
  interpreter_.abandon(call.thread);
  current_ = before;
  release(std::exchange(call.thread_reference, LUA_NOREF));
}

}  // namespace netkit::lua
