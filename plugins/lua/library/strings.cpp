#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <string_view>

#include "interpreter/interpreter.h"
#include "library/libraries.h"
#include "library/matcher.h"

namespace netkit::lua {
namespace {

constexpr std::size_t kBytesPerStep = 32;  // of a plain search
constexpr auto kLongestText = static_cast<std::size_t>(std::numeric_limits<lua_Integer>::max());

void spend(void* state, std::size_t steps) { charge(static_cast<lua_State*>(state), steps); }

std::string_view check_text(lua_State* state, int argument) {
  std::size_t size = 0;
  const char* text = luaL_checklstring(state, argument, &size);
  return {text, size};
}

/// The offset that argument `argument` says, which counts from 1, or from the end if it is negative.
std::size_t start_offset(lua_State* state, int argument, std::size_t size) {
  const lua_Integer start = luaL_optinteger(state, argument, 1);
  if (start > 0) return static_cast<std::size_t>(start) - 1;
  if (start == 0 || start < -static_cast<lua_Integer>(size)) return 0;
  return size - static_cast<std::size_t>(-start);
}

void push_capture(lua_State* state, std::string_view subject, const Matcher::Capture& capture) {
  if (capture.is_position) {
    lua_pushinteger(state, capture.begin - subject.data() + 1);
  } else {
    lua_pushlstring(state, capture.begin, capture.size);
  }
}

/// Pushes all captures; `whole` also the whole match if there are none. Returns how many values.
int push_captures(lua_State* state, std::string_view subject, const Matcher& matcher, const char* from, const char* to,
                  bool whole) {
  const int count = matcher.captures() == 0 && whole ? 1 : matcher.captures();
  luaL_checkstack(state, count, "too many captures");
  for (int i = 0; i < count; ++i) push_capture(state, subject, matcher.capture(i, from, to));
  return count;
}

/// upper() and lower() of ASCII letters, as Lua has them in the locale of programs that set none.
template <char First, char Last>
int change_case(lua_State* state) {
  const std::string_view text = check_text(state, 1);
  const auto change = [text](char* changed) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char byte = text[i];
      changed[i] = byte >= First && byte <= Last ? static_cast<char>(byte ^ ('a' - 'A')) : byte;
    }
  };
  if (std::array<char, 512> small; text.size() <= small.size()) {
    change(small.data());
    lua_pushlstring(state, small.data(), text.size());
    return 1;
  }
  luaL_Buffer out;
  change(luaL_buffinitsize(state, &out, text.size()));
  luaL_pushresultsize(&out, text.size());
  return 1;
}

/// rep(text, count, separator). Lua's own goes on for ever if there is nothing to be repeated.
int repeat(lua_State* state) {
  const std::string_view text = check_text(state, 1);
  const lua_Integer count = luaL_checkinteger(state, 2);
  const std::string_view separator = lua_isnoneornil(state, 3) ? std::string_view() : check_text(state, 3);
  const std::size_t part = text.size() + separator.size();
  if (count <= 0 || part == 0) {
    lua_pushliteral(state, "");
    return 1;
  }
  if (part > kLongestText / static_cast<std::size_t>(count)) return luaL_error(state, "resulting string too large");
  const std::size_t size = part * static_cast<std::size_t>(count) - separator.size();
  luaL_Buffer out;
  char* bytes = luaL_buffinitsize(state, &out, size);
  std::copy(text.begin(), text.end(), bytes);
  if (count > 1) std::copy(separator.begin(), separator.end(), bytes + text.size());
  for (std::size_t done = part; done < size; done *= 2) std::memcpy(bytes + done, bytes, std::min(done, size - done));
  luaL_pushresultsize(&out, size);
  return 1;
}

bool is_plain(std::string_view pattern) { return pattern.find_first_of("^$*+?.([%-") == std::string_view::npos; }

int find_plain(lua_State* state, std::string_view subject, std::string_view text, std::size_t start) {
  charge(state, (subject.size() - start) / kBytesPerStep);
  const void* found = ::memmem(subject.data() + start, subject.size() - start, text.data(), text.size());
  if (found == nullptr) {
    luaL_pushfail(state);
    return 1;
  }
  const lua_Integer offset = static_cast<const char*>(found) - subject.data();
  lua_pushinteger(state, offset + 1);
  lua_pushinteger(state, offset + static_cast<lua_Integer>(text.size()));
  return 2;
}

/// find() and match() differ in what they return.
template <bool Find>
int search(lua_State* state) {
  const std::string_view subject = check_text(state, 1);
  std::string_view pattern = check_text(state, 2);
  const std::size_t start = start_offset(state, 3, subject.size());
  if (start > subject.size()) {
    luaL_pushfail(state);
    return 1;
  }
  charge(state, pattern.size());
  if (Find && (lua_toboolean(state, 4) != 0 || is_plain(pattern))) return find_plain(state, subject, pattern, start);
  const bool anchored = pattern.starts_with('^');
  if (anchored) pattern.remove_prefix(1);
  Matcher matcher(subject, pattern, spend, state);
  const char* const end = subject.data() + subject.size();
  for (const char* from = subject.data() + start; from <= end; ++from) {
    if (const char* to = matcher.match(from)) {
      matcher.settle();
      if (!Find) return push_captures(state, subject, matcher, from, to, true);
      lua_pushinteger(state, from - subject.data() + 1);
      lua_pushinteger(state, to - subject.data());
      return 2 + push_captures(state, subject, matcher, from, to, false);
    }
    if (anchored) break;
  }
  matcher.settle();
  luaL_pushfail(state);
  return 1;
}

/// The iterator of gmatch(). Upvalues: subject, pattern, where to go on, where the last match ended (-1: nowhere).
int next_match(lua_State* state) {
  const std::string_view subject = check_text(state, lua_upvalueindex(1));
  const std::string_view pattern = check_text(state, lua_upvalueindex(2));
  const char* const end = subject.data() + subject.size();
  const lua_Integer last = lua_tointeger(state, lua_upvalueindex(4));
  Matcher matcher(subject, pattern, spend, state);
  for (const char* from = subject.data() + lua_tointeger(state, lua_upvalueindex(3)); from <= end; ++from) {
    const char* to = matcher.match(from);
    if (to == nullptr || to - subject.data() == last) continue;
    matcher.settle();
    lua_pushinteger(state, to - subject.data());
    lua_pushvalue(state, -1);
    lua_replace(state, lua_upvalueindex(3));
    lua_replace(state, lua_upvalueindex(4));
    return push_captures(state, subject, matcher, from, to, true);
  }
  matcher.settle();
  return 0;
}

int all_matches(lua_State* state) {
  const std::size_t size = check_text(state, 1).size();
  check_text(state, 2);
  const std::size_t start = std::min(start_offset(state, 3, size), size + 1);
  lua_settop(state, 2);
  lua_pushinteger(state, static_cast<lua_Integer>(start));
  lua_pushinteger(state, -1);
  lua_pushcclosure(state, guard<next_match>, 4);
  return 1;
}

/// Replaces matches for gsub(). The replacement is argument 3.
class Replacer {
 public:
  Replacer(lua_State* state, std::string_view subject, const Matcher& matcher)
      : state_(state), subject_(subject), matcher_(matcher) {}

  /// Appends what stands for the match; false if that is the match itself.
  bool replace(luaL_Buffer& out, const char* from, const char* to) {
    const int type = lua_type(state_, 3);
    if (type == LUA_TSTRING || type == LUA_TNUMBER) {
      expand(out, from, to);
      return true;
    }
    if (type == LUA_TFUNCTION) {
      lua_pushvalue(state_, 3);
      lua_call(state_, push_captures(state_, subject_, matcher_, from, to, true), 1);
    } else {
      push_capture(state_, subject_, matcher_.capture(0, from, to));
      lua_gettable(state_, 3);
    }
    if (lua_toboolean(state_, -1) == 0) {
      lua_pop(state_, 1);
      luaL_addlstring(&out, from, static_cast<std::size_t>(to - from));
      return false;
    }
    if (lua_isstring(state_, -1) == 0) {
      luaL_error(state_, "invalid replacement value (a %s)", luaL_typename(state_, -1));
    }
    luaL_addvalue(&out);
    return true;
  }

 private:
  /// Appends the text of the replacement: %0 is the match, %1 the first capture.
  void expand(luaL_Buffer& out, const char* from, const char* to) {
    const std::string_view text = check_text(state_, 3);
    charge(state_, text.size() / kBytesPerStep + 1);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '%') {
        luaL_addchar(&out, text[i]);
        continue;
      }
      const char kind = ++i < text.size() ? text[i] : '\0';
      if (kind == '%') {
        luaL_addchar(&out, '%');
      } else if (kind == '0') {
        luaL_addlstring(&out, from, static_cast<std::size_t>(to - from));
      } else if (kind >= '1' && kind <= '9') {
        push_capture(state_, subject_, matcher_.capture(kind - '1', from, to));
        luaL_tolstring(state_, -1, nullptr);
        lua_remove(state_, -2);
        luaL_addvalue(&out);
      } else {
        luaL_error(state_, "invalid use of '%%' in replacement string");
      }
    }
  }

  lua_State* const state_;
  const std::string_view subject_;
  const Matcher& matcher_;
};

/// gsub(subject, pattern, replacement, most)
int replace_all(lua_State* state) {
  const std::string_view subject = check_text(state, 1);
  std::string_view pattern = check_text(state, 2);
  const int type = lua_type(state, 3);
  luaL_argexpected(state, type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TTABLE || type == LUA_TFUNCTION, 3,
                   "string/function/table");
  const lua_Integer most = luaL_optinteger(state, 4, static_cast<lua_Integer>(subject.size()) + 1);
  const bool anchored = pattern.starts_with('^');
  if (anchored) pattern.remove_prefix(1);
  Matcher matcher(subject, pattern, spend, state);
  Replacer replacer(state, subject, matcher);
  luaL_Buffer out;
  luaL_buffinit(state, &out);
  const char* const end = subject.data() + subject.size();
  const char* from = subject.data();
  const char* last = nullptr;
  lua_Integer count = 0;
  bool changed = false;
  while (count < most) {
    const char* to = matcher.match(from);
    if (to != nullptr && to != last) {
      ++count;
      changed = replacer.replace(out, from, to) || changed;
      from = last = to;
    } else if (from < end) {
      luaL_addchar(&out, *from);
      ++from;
    } else {
      break;
    }
    if (anchored) break;
  }
  matcher.settle();
  luaL_addlstring(&out, from, static_cast<std::size_t>(end - from));
  luaL_pushresult(&out);
  if (!changed) {
    lua_pushvalue(state, 1);
    lua_replace(state, -2);
  }
  lua_pushinteger(state, count);
  return 2;
}

}  // namespace

void secure_strings(lua_State* state) {
  static const luaL_Reg replaced[] = {{"find", guard<search<true>>},    {"match", guard<search<false>>},
                                      {"gmatch", guard<all_matches>},   {"gsub", guard<replace_all>},
                                      {"rep", guard<repeat>},           {"upper", change_case<'a', 'z'>},
                                      {"lower", change_case<'A', 'Z'>}, {nullptr, nullptr}};
  luaL_setfuncs(state, replaced, 0);
  for (const char* name : {"pack", "packsize", "unpack"}) charge_arguments(state, name);
  lua_pushnil(state);
  lua_setfield(state, -2, "dump");
  lua_pushliteral(state, "");  // the methods of strings belong to all that run in this state
  lua_getmetatable(state, -1);
  lua_pushboolean(state, 0);
  lua_setfield(state, -2, "__metatable");
  for (const char* name : {"__add", "__sub", "__mul", "__div", "__mod", "__pow", "__idiv", "__unm"}) {
    charge_arguments(state, name);  // a text is read as a number
  }
  lua_pop(state, 2);
}

}  // namespace netkit::lua
