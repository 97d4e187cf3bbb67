#include "framing/framing_script.h"

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <thread>

#include "interpreter/options.h"
#include "library/values.h"

namespace netkit::lua {
namespace {

constexpr std::size_t kMostStates = 8;
constexpr std::size_t kFrameOverhead = 1024;

void push_bytes(lua_State* state, std::string_view bytes) { lua_pushlstring(state, bytes.data(), bytes.size()); }

std::string text_at(lua_State* state, int index) {
  std::size_t size = 0;
  const char* text = lua_tolstring(state, index, &size);
  return {text, size};
}

std::size_t read_header(Interpreter& interpreter, std::size_t frame_max) {
  lua_Integer header = 1;
  interpreter.guarded([&](lua_State* state) {
    if (lua_getglobal(state, "header") == LUA_TNIL) return;
    int is_whole = 0;
    header = lua_tointegerx(state, -1, &is_whole);
    if (is_whole == 0 || header < 1) {
      luaL_error(state, "'header' is %s, expected how many bytes are needed before size() is asked",
                 luaL_tolstring(state, -1, nullptr));
    }
    if (static_cast<std::size_t>(header) > frame_max) {
      luaL_error(state, "'header' is %I, but a frame has at most %I bytes (twice 'max' and 1 KiB)",
                 static_cast<LUAI_UACINT>(header), static_cast<LUAI_UACINT>(frame_max));
    }
  });
  return static_cast<std::size_t>(header);
}

}  // namespace

FramingScript::State::State(const Options& options)
    : interpreter(allowance_of(options), checked_libraries(options),
                  [](std::string_view) { throw std::logic_error("a framing has no log to print to"); }) {}

std::unique_ptr<FramingScript::State> FramingScript::make_state(const Options& options, Half half) {
  const Script script(options.text("script"));
  auto state = std::make_unique<State>(options);
  state->interpreter.load(script);
  header_ = read_header(state->interpreter, frame_max_);
  state->size = state->interpreter.global_function("size");
  state->unwrap = state->interpreter.global_function("unwrap");
  state->wrap = state->interpreter.global_function("wrap");
  const bool complete = half == Half::decoder ? state->size.has_value() : state->wrap.has_value();
  if (complete) return state;
  throw ScriptError(script.file() + (half == Half::decoder ? ": has no function 'size', expected size(bytes)"
                                                           : ": has no function 'wrap', expected wrap(body)"));
}

FramingScript::FramingScript(const Options& options, Half half)
    : frame_max_(static_cast<std::size_t>(options.size("max")) * 2 + kFrameOverhead) {
  const std::size_t count = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMostStates);
  try {
    while (states_.size() < count) states_.push_back(make_state(options, half));
  } catch (const ScriptError& error) {
    throw OptionError("script", error.what());
  }
}

FramingScript::State& FramingScript::state_of_thread() {
  static std::atomic<std::size_t> threads{0};
  static thread_local const std::size_t thread = threads.fetch_add(1, std::memory_order_relaxed);
  return *states_[thread % states_.size()];
}

std::optional<std::size_t> FramingScript::size(std::string_view bytes, std::size_t seen) {
  State& own = state_of_thread();
  const std::lock_guard lock(own.mutex);
  std::optional<std::size_t> size;
  own.interpreter.guarded([&](lua_State* state) {
    lua_rawgeti(state, LUA_REGISTRYINDEX, *own.size);
    push_bytes(state, bytes);
    lua_pushinteger(state, static_cast<lua_Integer>(seen));
    lua_call(state, 2, 1);
    if (lua_isnil(state, -1)) return;
    int is_whole = 0;
    const lua_Integer whole = lua_tointegerx(state, -1, &is_whole);
    if (is_whole == 0 || whole < 1) {
      luaL_error(state, "size returned %s, expected a number of bytes or nil", luaL_tolstring(state, -1, nullptr));
    }
    size = static_cast<std::size_t>(whole);
  });
  return size;
}

FramingScript::Unwrapped FramingScript::unwrap(std::string_view frame) {
  State& own = state_of_thread();
  if (!own.unwrap) return {std::string(frame), {}, {}};
  const std::lock_guard lock(own.mutex);
  Unwrapped unwrapped;
  own.interpreter.guarded([&](lua_State* state) {
    lua_rawgeti(state, LUA_REGISTRYINDEX, *own.unwrap);
    push_bytes(state, frame);
    lua_call(state, 1, 2);
    if (lua_isnil(state, 1)) {
      if (!lua_isnil(state, 2)) unwrapped.reply = check_bytes(state, 2);
    } else if (lua_type(state, 1) == LUA_TSTRING) {
      unwrapped.body = text_at(state, 1);
      unwrapped.attributes = check_attributes(state, 2);
    } else {
      luaL_error(state, "unwrap returned a %s, expected a string or nil", luaL_typename(state, 1));
    }
  });
  return unwrapped;
}

std::string FramingScript::wrap(std::string_view body, const Attributes& attributes) {
  State& own = state_of_thread();
  const std::lock_guard lock(own.mutex);
  std::optional<std::string> frame;
  std::string why = "the script cannot wrap such a body";
  own.interpreter.guarded([&](lua_State* state) {
    lua_rawgeti(state, LUA_REGISTRYINDEX, *own.wrap);
    push_bytes(state, body);
    if (attributes.empty()) {
      lua_pushnil(state);
    } else {
      push_attributes(state, attributes);
    }
    lua_call(state, 2, 2);
    if (lua_type(state, 1) == LUA_TSTRING) {
      const auto size = lua_rawlen(state, 1);
      if (size > frame_max_) {
        luaL_error(state, "wrap returned %I bytes, more than max allows", static_cast<LUAI_UACINT>(size));
      }
      frame = text_at(state, 1);
    } else if (!lua_isnil(state, 1)) {
      luaL_error(state, "wrap returned a %s, expected a string or nil", luaL_typename(state, 1));
    } else if (lua_type(state, 2) == LUA_TSTRING) {
      why = text_at(state, 2);
    }
  });
  if (!frame) throw std::length_error(why);
  return std::move(*frame);
}

}  // namespace netkit::lua
