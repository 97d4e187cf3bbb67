#include "interpreter/interpreter.h"
#include "library/libraries.h"

namespace netkit::lua {
namespace {

constexpr std::size_t kStepsPerResume =
    200;  // a coroutine counts its own instructions: many short ones must count, too

int resume_again(lua_State* state, int status, lua_KContext context);

/// Ends a call that is over its allowance; `coroutine` has run last and is in `status`.
void check_allowance(lua_State* state, lua_State* coroutine, int status) {
  Interpreter& interpreter = Interpreter::of(state);
  if (interpreter.meter().excess() == Meter::Excess::none) return;
  if (status != LUA_OK && status != LUA_YIELD) interpreter.cut.insert(coroutine);
  interpreter.meter().raise(state, 1);
}

/// Closes the variables of a coroutine that has ended or is suspended.
int reset(lua_State* state, lua_State* coroutine) {
  Meter& meter = Interpreter::of(state).meter();
  meter.switch_to(coroutine);
  const int status = lua_resetthread(coroutine);
  meter.switch_to(state);
  check_allowance(state, coroutine, status);
  return status;
}

/// Runs a coroutine with the arguments on top of its stack. Returns how many values it has left on `state`, or -1 and
/// an error. A coroutine that waits for the server makes its caller wait, with `context` to go on.
int run(lua_State* state, lua_State* coroutine, int arguments, lua_KContext context) {
  Interpreter& interpreter = Interpreter::of(state);
  Meter& meter = interpreter.meter();
  int results = 0;
  meter.switch_to(coroutine);
  const int status = lua_resume(coroutine, state, arguments, &results);
  meter.switch_to(state);
  check_allowance(state, coroutine, status);
  if (status != LUA_OK && status != LUA_YIELD) {
    lua_xmove(coroutine, state, 1);
    return -1;
  }
  if (status == LUA_YIELD && interpreter.wait_wanted) {
    if (lua_isyieldable(state) == 0) {
      interpreter.wait_wanted = false;
      luaL_error(state, "cannot wait here: a function of C is in between");
    }
    interpreter.waiting.insert(coroutine);
    lua_yieldk(state, 0, context, resume_again);
  }
  if (lua_checkstack(state, results + 1) == 0) {
    lua_pop(coroutine, results);
    lua_pushliteral(state, "too many results to resume");
    return -1;
  }
  lua_xmove(coroutine, state, results);
  return results;
}

/// What resume() and a wrapped function return; `context` says which of them it is. The coroutine stands at index 1.
int finish(lua_State* state, int results, lua_KContext context) {
  const bool wrapped = context != 0;
  if (results >= 0) {
    if (wrapped) return results;
    lua_pushboolean(state, 1);
    lua_insert(state, -(results + 1));
    return results + 1;
  }
  if (wrapped) {
    lua_State* coroutine = lua_tothread(state, 1);
    if (lua_status(coroutine) > LUA_YIELD) reset(state, coroutine);
    return lua_error(state);
  }
  lua_pushboolean(state, 0);
  lua_insert(state, -2);
  return 2;
}

int resume_again(lua_State* state, int /*status*/, lua_KContext context) {
  lua_State* coroutine = lua_tothread(state, 1);
  Interpreter::of(state).waiting.erase(coroutine);
  return finish(state, run(state, coroutine, 0, context), context);
}

/// Says why a coroutine cannot be resumed; null if it can be.
const char* obstacle(lua_State* state, lua_State* coroutine) {
  if (Interpreter::of(state).waiting.contains(coroutine)) return "cannot resume a coroutine that waits";
  if (coroutine == state) return "cannot resume non-suspended coroutine";
  if (lua_status(coroutine) == LUA_YIELD) return nullptr;
  if (lua_status(coroutine) != LUA_OK) return "cannot resume dead coroutine";
  lua_Debug activation{};
  if (lua_getstack(coroutine, 0, &activation) != 0) return "cannot resume non-suspended coroutine";
  return lua_gettop(coroutine) == 0 ? "cannot resume dead coroutine" : nullptr;
}

/// The coroutine stands at index 1, its arguments behind it.
int resume(lua_State* state, lua_State* coroutine, lua_KContext context) {
  charge(state, kStepsPerResume);
  const int arguments = lua_gettop(state) - 1;
  const char* why_not = obstacle(state, coroutine);
  if (why_not == nullptr && lua_checkstack(coroutine, arguments) == 0) why_not = "too many arguments to resume";
  if (why_not != nullptr) {
    lua_pushstring(state, why_not);
    return finish(state, -1, context);
  }
  lua_xmove(state, coroutine, arguments);
  return finish(state, run(state, coroutine, arguments, context), context);
}

lua_State* check_coroutine(lua_State* state) {
  lua_State* coroutine = lua_tothread(state, 1);
  luaL_argexpected(state, coroutine != nullptr, 1, "coroutine");
  return coroutine;
}

int create(lua_State* state) {
  luaL_checktype(state, 1, LUA_TFUNCTION);
  charge(state, kStepsPerResume);
  lua_State* coroutine = Interpreter::of(state).new_thread(state);
  lua_pushvalue(state, 1);
  lua_xmove(state, coroutine, 1);
  return 1;
}

int resume_coroutine(lua_State* state) { return resume(state, check_coroutine(state), 0); }

int resume_wrapped(lua_State* state) {
  lua_pushvalue(state, lua_upvalueindex(1));
  lua_insert(state, 1);
  return resume(state, lua_tothread(state, 1), 1);
}

int wrap(lua_State* state) {
  create(state);
  lua_pushcclosure(state, guard<resume_wrapped>, 1);
  return 1;
}

int close(lua_State* state) {
  lua_State* coroutine = check_coroutine(state);
  Interpreter& interpreter = Interpreter::of(state);
  if (interpreter.waiting.contains(coroutine)) return luaL_error(state, "cannot close a coroutine that waits");
  lua_Debug activation{};
  if (coroutine == state || (lua_status(coroutine) == LUA_OK && lua_getstack(coroutine, 0, &activation) != 0)) {
    return luaL_error(state, "cannot close a coroutine that runs");
  }
  charge(state, kStepsPerResume);
  if (interpreter.cut.contains(coroutine)) {
    lua_pushboolean(state, 0);
    lua_pushliteral(state, "the coroutine was ended with its call");
    return 2;
  }
  const int status = reset(state, coroutine);
  lua_pushboolean(state, status == LUA_OK ? 1 : 0);
  if (status == LUA_OK) return 1;
  lua_xmove(coroutine, state, 1);
  return 2;
}

}  // namespace

/// Lua's own resume() knows nothing of a meter, nor of waits that belong to the server.
void open_coroutines(lua_State* state) {
  static const luaL_Reg replaced[] = {{"create", guard<create>},
                                      {"resume", guard<resume_coroutine>},
                                      {"wrap", guard<wrap>},
                                      {"close", guard<close>},
                                      {nullptr, nullptr}};
  luaL_setfuncs(state, replaced, 0);
}

}  // namespace netkit::lua
