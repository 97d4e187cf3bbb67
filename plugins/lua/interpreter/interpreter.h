#pragma once

#include <functional>
#include <lua.hpp>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "interpreter/meter.h"
#include "interpreter/script.h"

namespace netkit::lua {

/// An error of a script: what() says where, in one line, with the calls that led there.
class ScriptError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One Lua state, whose memory and processor time are measured, with the libraries that its script may use. A state is
/// used by one thread at a time.
class Interpreter {
 public:
  /// Where lines go to that a script prints.
  using Print = std::function<void(std::string_view line)>;

  /// Throws std::bad_alloc.
  Interpreter(const Allowance& allowance, const std::vector<std::string>& libraries, Print print);
  ~Interpreter();
  Interpreter(const Interpreter&) = delete;
  Interpreter& operator=(const Interpreter&) = delete;

  /// The interpreter that a thread belongs to.
  static Interpreter& of(lua_State* thread) { return **static_cast<Interpreter**>(lua_getextraspace(thread)); }

  lua_State* main() const { return main_; }
  Meter& meter() { return meter_; }

  /// Runs a script, with `require` for the modules in its folder. Throws ScriptError. Once.
  void load(const Script& script);
  /// True while the script itself runs.
  bool loading() const { return script_ != nullptr; }
  const Script& script() const { return *script_; }
  void print(std::string_view line) const { print_(line); }

  /// Pushes a new thread.
  lua_State* new_thread(lua_State* from);

  /// Runs a function, or goes on with one, on a thread that has it and its arguments on its stack. Returns whether it
  /// has ended, with `results` values on the stack; false: it has yielded. Throws ScriptError, and the thread is of no
  /// further use. Outside of this call, an error of Lua, such as one for lack of memory, is a ScriptError, too.
  bool resume(lua_State* thread, int arguments, int& results);

  /// Closes the variables of a thread that has failed or is not to go on.
  void abandon(lua_State* thread);

  /// Runs C++ code that may raise errors of Lua. Throws ScriptError.
  void guarded(const std::function<void(lua_State*)>& code);

  /// A registry reference of the global function, or nothing if there is none. Throws ScriptError for what is no
  /// function.
  std::optional<int> global_function(const char* name);

  /// Of whoever has made the interpreter.
  void* owner = nullptr;

  /// Threads of calls that wait for the server, and coroutines of the script inside: nobody else may resume them.
  std::unordered_set<lua_State*> waiting;
  /// Coroutines that ended over their allowance: Lua would run their `<close>` variables unwatched.
  std::unordered_set<lua_State*> cut;
  /// How many calls of pcall() and xpcall() are under way on a thread, if there are any.
  std::unordered_map<lua_State*, int> protected_calls;
  /// The running call has yielded to wait, not by itself.
  bool wait_wanted = false;

 private:
  struct Close {
    void operator()(lua_State* state) const { lua_close(state); }
  };

  void tune_collector();

  Meter meter_;
  bool collects_seldom_ = false;
  const Print print_;
  const Script* script_ = nullptr;
  std::unique_ptr<lua_State, Close> state_;
  lua_State* main_ = nullptr;
};

/// The text of the error on top of a thread that has failed, with where it was called from, in one line.
std::string describe_error(lua_State* thread);
/// The calls alone, in brackets; empty if there are none.
std::string calls_of(lua_State* thread);

/// A function of C++ as Lua calls it: an exception becomes an error of the script.
template <int (*Function)(lua_State*)>
int guard(lua_State* state) {
  try {
    return Function(state);
  } catch (const std::exception& error) {
    lua_pushstring(state, error.what());
  }
  luaL_where(state, 1);
  lua_insert(state, -2);
  lua_concat(state, 2);
  return lua_error(state);
}

}  // namespace netkit::lua
