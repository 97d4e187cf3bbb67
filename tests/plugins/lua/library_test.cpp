#include <cppunit/extensions/HelperMacros.h>

#include <lua.hpp>
#include <memory>
#include <string>
#include <vector>

#include "interpreter/interpreter.h"

namespace netkit::lua::test {
namespace {

/// What an expression gives, or its error.
std::string evaluate(lua_State* state, const std::string& expression) {
  const std::string code =
      "local t, u = {1, 2, 3}, {} local function show(x) if type(x) ~= 'table' then return tostring(x) end"
      " local out = '' for i = -3, 9 do out = out .. tostring(rawget(x, i)) .. ' ' end return out end"
      " local ok, a = pcall(function() return " +
      expression + " end) return tostring(ok) .. ' ' .. show(a) .. ' ' .. show(t) .. ' ' .. show(u)";
  CPPUNIT_ASSERT_EQUAL_MESSAGE(code, LUA_OK, luaL_loadbuffer(state, code.data(), code.size(), "=code"));
  CPPUNIT_ASSERT_EQUAL_MESSAGE(code, LUA_OK, lua_pcall(state, 0, 1, 0));
  std::string text = lua_tostring(state, -1);
  lua_pop(state, 1);
  return text;
}

}  // namespace

/// The functions that take the place of Lua's own answer as those do.
class LibraryTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LibraryTest);
  CPPUNIT_TEST(functions_answer_as_those_of_lua);
  CPPUNIT_TEST_SUITE_END();

 public:
  void functions_answer_as_those_of_lua() {
    const std::unique_ptr<lua_State, void (*)(lua_State*)> theirs(luaL_newstate(), lua_close);
    luaL_openlibs(theirs.get());
    Interpreter ours({.budget = std::chrono::hours(1)}, {"base", "string", "table", "math"}, [](std::string_view) {});
    for (const std::string& expression : expressions()) {
      CPPUNIT_ASSERT_EQUAL_MESSAGE(expression, evaluate(theirs.get(), expression), evaluate(ours.main(), expression));
    }
  }

 private:
  static std::vector<std::string> expressions() {
    std::vector<std::string> all = {
        "table.insert(t, 9)",
        "table.insert(t)",
        "table.insert(t, 1, 2, 3)",
        "table.insert(nil, 1, 2)",

        "table.insert(t, 'x', 2)",
        "table.insert(t, '2', 9)",
        "table.insert(t, 2.0, 9)",
        "table.insert(t, 2.5, 9)",
        "table.insert(u, 1, 9)",
        "table.insert(u, 0, 9)",
        "table.remove(t)",
        "table.remove(u)",
        "table.remove(u, 0)",
        "table.remove(u, 1)",

        "table.remove(nil, 1)",
        "table.remove(t, 'x')",
        "table.remove(t, '2', 5)",
        "table.remove(t, nil)",
        "table.move(t, 1, 3, 2, nil)",
        "table.move(nil, 1, 2, 3)",
        "table.move(t, 1, 3)",
        "table.move(t, 1, math.maxinteger, 3)",
        "string.rep('ab', 3, ',')",
        "string.rep('ab', 1, ',')",
        "string.rep('', 3, ',')",
        "string.rep('', 1, ',')",
        "string.rep('ab', 0)",
        "string.rep('ab', -1)",
        "string.rep(7, '3')",
        "string.rep('x', 1 << 62, 'ab')",
        "string.rep('', 5)",
        "string.rep(nil, 5)",
        "string.rep('x', 1.5)",
        "'10' + 1",
        "table.concat({1, {}})",
        "table.unpack(t, 1, 1e8)",
        "tonumber()",
        "string.pack('i17')",
        "string.pack('z', t)",
        "-'2'",
        "'x' + 1",
        "{} + '1'",
        "table.move(t, -1, math.maxinteger, 3)",
        "table.move(t, math.mininteger, 1, 2)",
    };
    for (int position = -1; position <= 5; ++position) {
      all.push_back("table.insert(t, " + std::to_string(position) + ", 9)");
      // Lua 5.4.4 calls the wrong argument bad.
      if (position >= 1 && position <= 4) all.push_back("table.remove(t, " + std::to_string(position) + ")");
      for (const char* rest : {", 3, 1)", ", 2, 3)", ", 3, 2, u)", ", 3, -2, t)", ", 3, '2', {})"}) {
        all.push_back("table.move(t, " + std::to_string(position) + rest);
      }
    }
    return all;
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LibraryTest);

}  // namespace netkit::lua::test
