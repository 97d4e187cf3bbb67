#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <lua.hpp>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "interpreter/interpreter.h"

namespace netkit::lua::test {
namespace {

/// The functions of a library under test, told as text: results with their types, or the error.
constexpr const char* kTeller = R"(
local function tell(...)
  local out = {}
  for i = 1, select("#", ...) do out[i] = type((select(i, ...))) .. ":" .. tostring((select(i, ...))) end
  return table.concat(out, "|")
end
local function all(s, p, init)
  local out = {}
  for a, b in string.gmatch(s, p, init) do out[#out + 1] = tell(a, b) end
  return table.concat(out, ";")
end
local replacements = { "<%0>", "%1%2", "%%", "x", function(a, b) return b or a end, { a = "A", ab = true, b = 7 },
                       function() return nil end, "%", "%z" }
function ask(what, s, p, n)
  if what == "find" then return tell(pcall(string.find, s, p, n)) end
  if what == "match" then return tell(pcall(string.match, s, p, n)) end
  if what == "gmatch" then return tell(pcall(all, s, p, n)) end
  if what == "gsub" then return tell(pcall(string.gsub, s, p, replacements[n % #replacements + 1])) end
  return tell(pcall(string.gsub, s, p, "-", n))
end)";

/// A state that answers by `ask`.
class Asked {
 public:
  explicit Asked(lua_State* state) : state_(state) {
    CPPUNIT_ASSERT_EQUAL(LUA_OK, luaL_loadstring(state, kTeller));
    CPPUNIT_ASSERT_EQUAL(LUA_OK, lua_pcall(state, 0, 0, 0));
  }

  std::string ask(const char* what, const std::string& subject, const std::string& pattern, int number) {
    lua_getglobal(state_, "ask");
    lua_pushstring(state_, what);
    lua_pushlstring(state_, subject.data(), subject.size());
    lua_pushlstring(state_, pattern.data(), pattern.size());
    lua_pushinteger(state_, number);
    if (lua_pcall(state_, 4, 1, 0) != LUA_OK) return "failed: " + std::string(lua_tostring(state_, -1));
    std::size_t size = 0;
    const char* text = lua_tolstring(state_, -1, &size);
    std::string answer(text, size);
    lua_pop(state_, 1);
    return answer;
  }

 private:
  lua_State* state_;
};

/// Texts of the pieces that patterns are made of.
std::string pick(std::mt19937& random, const std::vector<std::string>& pieces, std::size_t most) {
  std::string text;
  for (std::size_t left = random() % (most + 1); left > 0; --left) text += pieces[random() % pieces.size()];
  return text;
}

/// The functions with patterns answer as those of Lua's own library do.
class MatcherTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(MatcherTest);
  CPPUNIT_TEST(chosen_patterns);
  CPPUNIT_TEST(random_patterns);
  CPPUNIT_TEST(random_bytes);
  CPPUNIT_TEST_SUITE_END();

 public:
  MatcherTest() : lua_(luaL_newstate(), lua_close) {
    luaL_openlibs(lua_.get());
    theirs_ = std::make_unique<Asked>(lua_.get());
    ours_ = std::make_unique<Asked>(interpreter_.main());
  }

  void chosen_patterns() {
    const std::vector<std::string> subjects = {
        "",           "a",    "hello world", "THE (quick) fox", "k = v, x=y", "aaab", "  trim  ", "f(a(b)c)d",
        "2024-05-06", "a\0b", "äöü",         "[[x]]",           "%d%s",       "x^2$", "ab-]c"};
    const std::vector<std::string> patterns = {
        "",
        "a",
        "^a",
        "a$",
        "^$",
        "$",
        ".-",
        "(.-)%s*$",
        "%a+",
        "(%w+)%s*=%s*(%w+)",
        "%b()",
        "%f[%w]%w+",
        "%f[%W]",
        "()",
        "()a()",
        "(a)(b)",
        "[a-c]+",
        "[^a-c]+",
        "[]]",
        "[^]]",
        "[%]]",
        "[a-]",
        "[%a-z]",
        "(a*)(a)%1",
        "%1",
        "(",
        ")",
        "(()",
        "[",
        "[^",
        "[a",
        "%",
        "%b",
        "%bx",
        "%f",
        "%fa",
        "a-b",
        "a?b?",
        "(%d+)-(%d+)-(%d+)",
        "\\w",
        "%z",
        "[%z]",
        "^^",
        "a^",
        "$a",
        "%$",
        "(.)%1",
        "((.)(.))",
        "(a",
        "a)",
        "%9",
        "%0",
        ".*.*.*b",
        "[%w_]-=",
        "%g+",
        "%c*",
        "%x%X",
        "%u+%l",
        "%p",
        "[a-%z]",
        "-",
        "+",
        "*",
        "?",
        "a**",
        "a+?",
        "[[:alpha:]]",
        "%\0",
        "[\0-a]+",
        "^(",
    };
    for (const std::string& subject : subjects) {
      for (const std::string& pattern : patterns) same(subject, pattern);
    }
    same(std::string(300, 'a'), std::string(300, '('));
    std::string deep;
    for (int i = 0; i < 250; ++i) deep += "a?";
    same(std::string(300, 'a'), deep);
  }

  void random_patterns() {
    const std::vector<std::string> letters = {"a", "b", "c", " ", "1", "(", ")", "-", "%", "]"};
    const std::vector<std::string> pieces = {"a",  "b",  ".",  "%a", "%w", "%s",    "%d",    "[ab]", "[^a]", "[a-c]",
                                             "*",  "+",  "-",  "?",  "(",  ")",     "()",    "^",    "$",    "%b()",
                                             "%1", "%2", "%f", "%(", "%%", "[%a1]", "%f[a]", "[",    "]",    "%"};
    std::mt19937 random(20240506);
    for (int i = 0; i < 20'000; ++i) same(pick(random, letters, 10), pick(random, pieces, 6));
  }

  void random_bytes() {
    std::mt19937 random(77);
    for (int i = 0; i < 5'000; ++i) {
      std::string subject(random() % 8, '\0');
      std::string pattern(random() % 5, '\0');
      for (char& byte : subject) byte = static_cast<char>(random() % 256);
      for (char& byte : pattern) byte = static_cast<char>(random() % 256);
      same(subject, pattern);
    }
  }

 private:
  void same(const std::string& subject, const std::string& pattern) {
    for (const char* what : {"find", "match", "gmatch", "gsub", "gsub-some"}) {
      ++number_;
      const int number = static_cast<int>(number_ % 9) - 3;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(what) + " '" + subject + "' '" + pattern + "' " + std::to_string(number),
                                   theirs_->ask(what, subject, pattern, number),
                                   ours_->ask(what, subject, pattern, number));
    }
  }

  std::unique_ptr<lua_State, void (*)(lua_State*)> lua_;
  Interpreter interpreter_{{.budget = std::chrono::hours(1)}, {"base", "string", "table"}, [](std::string_view) {}};
  std::unique_ptr<Asked> theirs_;
  std::unique_ptr<Asked> ours_;
  unsigned number_ = 0;
};

CPPUNIT_TEST_SUITE_REGISTRATION(MatcherTest);

}  // namespace
}  // namespace netkit::lua::test
