#include "interpreter/interpreter.h"

#include <array>
#include <new>

#include "library/libraries.h"

namespace netkit::lua {
namespace {

constexpr int kLevelsShown = 10;
constexpr std::size_t kLongestText = 1000;

/// Takes no memory of Lua, as it runs unprotected, and no __tostring, which would run code of the script.
std::string error_text(lua_State* thread) {
  if (lua_type(thread, -1) == LUA_TSTRING) {
    std::size_t size = 0;
    const char* text = lua_tolstring(thread, -1, &size);
    return std::string(text, std::min(size, kLongestText));
  }
  return std::string("(a ") + luaL_typename(thread, -1) + " was thrown)";
}

std::string describe_level(lua_State* thread, lua_Debug& level) {
  if (lua_getinfo(thread, "Sln", &level) == 0 || level.currentline < 0) return {};
  std::string text = std::string(level.short_src) + ":" + std::to_string(level.currentline);
  if (level.name != nullptr) text += std::string(" in ") + level.name;
  return text;
}

/// Called for an error that nobody catches. Lua is built as C++: what is thrown here leaves the function of its API.
int fail(lua_State* state) { throw ScriptError(error_text(state)); }

int run_code(lua_State* state) {
  const auto& code = *static_cast<const std::function<void(lua_State*)>*>(lua_touserdata(state, 1));
  lua_settop(state, 0);
  code(state);
  return 0;
}

}  // namespace

std::string describe_error(lua_State* thread) { return error_text(thread) + calls_of(thread); }

std::string calls_of(lua_State* thread) {
  std::string calls;
  lua_Debug level{};
  for (int i = 0; i < kLevelsShown && lua_getstack(thread, i, &level) != 0; ++i) {
    const std::string one = describe_level(thread, level);
    if (!one.empty()) calls += (calls.empty() ? "" : ", ") + one;
  }
  return calls.empty() ? calls : " (" + calls + ")";
}

Interpreter::Interpreter(const Allowance& allowance, const std::vector<std::string>& libraries, Print print)
    : meter_(allowance), print_(std::move(print)), state_(lua_newstate(Meter::allocate, &meter_)), main_(state_.get()) {
  if (!state_) throw std::bad_alloc();
  *static_cast<Interpreter**>(lua_getextraspace(main_)) = this;
  lua_atpanic(main_, fail);
  tune_collector();
  Meter::watch(main_);
  guarded([&](lua_State* state) { open_libraries(state, libraries); });
}

Interpreter::~Interpreter() = default;

/// Lua begins to collect garbage when the memory in use has doubled. What a state has at first is so little that it
/// would be looked through after every hundred messages: until it has much more, ten times as much may gather.
void Interpreter::tune_collector() {
  const bool seldom = meter_.has_plenty();
  if (seldom == collects_seldom_) return;
  collects_seldom_ = seldom;
  lua_gc(main_, LUA_GCINC, seldom ? 1000 : 200, 0, 0);
}

lua_State* Interpreter::new_thread(lua_State* from) {
  lua_State* thread = lua_newthread(from);
  waiting.erase(thread);  // another one may have been where this one is now
  cut.erase(thread);
  protected_calls.erase(thread);
  return thread;
}

void Interpreter::guarded(const std::function<void(lua_State*)>& code) {
  lua_State* before = meter_.running();
  if (before == nullptr) meter_.begin(main_);
  lua_pushcfunction(main_, guard<run_code>);
  lua_pushlightuserdata(main_, const_cast<std::function<void(lua_State*)>*>(&code));
  const int status = lua_pcall(main_, 1, 0, 0);
  meter_.switch_to(before);
  if (status == LUA_OK) return;
  const std::string text = status == LUA_ERRMEM ? meter_.memory_text() : error_text(main_);
  lua_pop(main_, 1);
  throw ScriptError(text);
}

bool Interpreter::resume(lua_State* thread, int arguments, int& results) {
  tune_collector();
  meter_.collect_if_full(thread);
  lua_State* before = meter_.running();
  if (before == nullptr) {
    meter_.begin(thread);
  } else {
    meter_.switch_to(thread);
  }
  const int status = lua_resume(thread, before, arguments, &results);
  meter_.switch_to(before);
  if (status == LUA_OK || status == LUA_YIELD) return status == LUA_OK;
  if (status == LUA_ERRMEM) throw ScriptError(meter_.memory_text() + calls_of(thread));
  throw ScriptError(describe_error(thread));
}

void Interpreter::abandon(lua_State* thread) {
  if (meter_.excess() != Meter::Excess::none) return;  // Lua would not watch the instructions
  lua_State* before = meter_.switch_to(thread);
  if (before == nullptr) meter_.begin(thread);
  lua_resetthread(thread);
  meter_.switch_to(before);
}

void Interpreter::load(const Script& script) {
  script_ = &script;
  lua_State* thread = nullptr;
  try {
    guarded([&](lua_State* state) {
      thread = new_thread(state);
      lua_pushvalue(state, -1);
      lua_setfield(state, LUA_REGISTRYINDEX, "netkit.script");
      if (script.compile(thread, script.file()) != LUA_OK) {
        lua_xmove(thread, state, 1);
        lua_error(state);
      }
    });
    int results = 0;
    if (!resume(thread, 0, results)) throw ScriptError(script.file() + ": a script cannot yield while it is loaded");
  } catch (...) {
    script_ = nullptr;
    throw;
  }
  script_ = nullptr;
  guarded([](lua_State* state) {
    lua_pushnil(state);
    lua_setfield(state, LUA_REGISTRYINDEX, "netkit.script");
  });
}

std::optional<int> Interpreter::global_function(const char* name) {
  std::optional<int> reference;
  guarded([&](lua_State* state) {
    const int type = lua_getglobal(state, name);
    if (type != LUA_TNIL && type != LUA_TFUNCTION) {
      luaL_error(state, "'%s' is a %s, expected a function", name, lua_typename(state, type));
    }
    if (type == LUA_TFUNCTION) reference = luaL_ref(state, LUA_REGISTRYINDEX);
  });
  return reference;
}

}  // namespace netkit::lua
