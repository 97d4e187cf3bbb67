#include "handler/script_state.h"

#include <exception>

#include "handler/script_api.h"
#include "library/values.h"

namespace netkit::lua {
namespace {

/// Pushes what the function of the script is called with.
int push_arguments(lua_State* thread, const Call& call, const ScriptState::Start& start) {
  lua_rawgeti(thread, LUA_REGISTRYINDEX, call.session->reference());
  if (start.message != nullptr) {
    lua_pushlstring(thread, start.message->body.data(), start.message->body.size());
    if (start.message->attributes == nullptr) return 2;
    push_attributes(thread, *start.message->attributes);
    return 3;
  }
  if (call.kind != Call::Kind::close) return 1;
  lua_pushlstring(thread, start.reason.data(), start.reason.size());
  return 2;
}

}  // namespace

ScriptState::ScriptState(const Allowance& allowance, const std::vector<std::string>& libraries, const Script& script,
                         std::shared_ptr<Facilities> facilities)
    : facilities_(std::move(facilities)),
      interpreter_(allowance, libraries, [this](std::string_view line) { log_line(*this, LogLevel::info, line); }) {
  interpreter_.owner = this;
  interpreter_.guarded(open_script_api);
  interpreter_.load(script);
  const std::optional<int> on_message = interpreter_.global_function("on_message");
  if (!on_message)
    throw ScriptError(script.file() + ": has no function 'on_message', expected on_message(session, body)");
  functions_ = {*on_message, interpreter_.global_function("on_open"), interpreter_.global_function("on_close")};
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
  return run(call, &start);
}

bool ScriptState::go_on(Call& call) {
  interpreter_.waiting.erase(call.thread);
  return run(call, nullptr);
}

bool ScriptState::run(Call& call, const Start* start) {
  Call* before = std::exchange(current_, &call);
  try {
    int arguments = 0;
    if (start != nullptr) {
      lua_rawgeti(call.thread, LUA_REGISTRYINDEX, start->function);
      arguments = push_arguments(call.thread, call, *start);
    }
    const bool done = interpreter_.resume(call.thread, arguments, call.results);
    if (!done && !std::exchange(interpreter_.wait_wanted, false)) {
      throw ScriptError("the call has yielded outside of a coroutine");
    }
    if (!done) interpreter_.waiting.insert(call.thread);
    if (done && call.kind == Call::Kind::message) answer(call);
    current_ = before;
    return done;
  } catch (const std::exception& error) {
    fail(call);
    current_ = before;
    throw;
  }
}

/// The call has ended with an error.
void ScriptState::fail(Call& call) {
  facilities_->errors.add();
  if (interpreter_.meter().excess() == Meter::Excess::time) facilities_->over_budget.add();
  if (interpreter_.meter().excess() == Meter::Excess::memory) facilities_->over_memory.add();
  interpreter_.wait_wanted = false;
  interpreter_.abandon(call.thread);
  release(std::exchange(call.thread_reference, LUA_NOREF));
}

/// Sends what on_message() has returned, which is all that is on the thread's stack.
void ScriptState::answer(Call& call) {
  lua_State* thread = call.thread;
  const int type = lua_type(thread, 1);
  if (type == LUA_TNONE || type == LUA_TNIL) return;
  if (type != LUA_TSTRING && type != LUA_TNUMBER) {
    throw ScriptError(std::string("on_message returned a ") + lua_typename(thread, type) +
                      ", expected a string, a number or nil");
  }
  const std::string_view body = check_bytes(thread, 1);
  if (call.results == 1) return send(call, body, kNoAttributes);
  send(call, body, check_attributes(thread, 2));
}

void ScriptState::send(Call& call, std::string_view body, const Attributes& attributes) {
  if (call.responder != nullptr) {
    call.responder->send(body, attributes);
  } else {
    call.reply.send(body, attributes);
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
  interpreter_.waiting.erase(call.thread);
  Meter& meter = interpreter_.meter();
  if (meter.running() == nullptr) meter.begin(nullptr);  // what the last call has used up is not this one's
  interpreter_.abandon(call.thread);
  current_ = before;
  release(std::exchange(call.thread_reference, LUA_NOREF));
}

}  // namespace netkit::lua
