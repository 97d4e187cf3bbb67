#include <cppunit/extensions/HelperMacros.h>
#include <malloc.h>

#include <string>
#include <utility>
#include <vector>

#include "plugins/lua/script_files.h"

namespace netkit::lua::test {

using namespace netkit::testing;

// What eats memory is to be ended by the memory's bound first, also where a sanitizer slows it down.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr const char* kMemoryBudget = "500ms";
#else
constexpr const char* kMemoryBudget = "20ms";
#endif

/// What a script cannot do, however it tries: each message is code that runs in a call of its own.
class SandboxTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SandboxTest);
  CPPUNIT_TEST(endless_calls_end);
  CPPUNIT_TEST(what_eats_memory_ends);
  CPPUNIT_TEST(memory_is_bounded_whatever_sizes_blocks_have);
  CPPUNIT_TEST(errors_are_told_with_their_place);
  CPPUNIT_TEST(recursion_ends);
  CPPUNIT_TEST(there_is_no_way_out);
  CPPUNIT_TEST(libraries_are_those_that_are_listed);
  CPPUNIT_TEST(a_script_that_cannot_be_used_is_refused);
  CPPUNIT_TEST(modules_come_from_the_folder_of_the_script);
  CPPUNIT_TEST(the_state_serves_on_after_each);
  CPPUNIT_TEST_SUITE_END();

  static constexpr const char* kRunner = R"(
    function on_message(session, body)
      if body == "ping" then return "pong" end
      return tostring(assert(load(body, "=code"))(session))
    end)";

 public:
  void setUp() override { server_ = files_.serve(kRunner, {{"budget", "20ms"}, {"memory", "4MiB"}}); }

  void endless_calls_end() {
    const std::vector<std::string> codes = {
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "while true do pcall(pcall, error) end",
        "while true do pcall(string.rep) end",
        "xpcall(function() while true do end end, function() while true do end end)",
        "local function again() return pcall(again) or again() end while true do pcall(again) end",
        "while true do coroutine.wrap(function() for i = 1, 500 do end end)() end",
        "while true do local c = coroutine.create(function() while true do end end) coroutine.resume(c) end",
        "coroutine.wrap(function() local x <close> = setmetatable({}, {__close = function() while true do end end})"
        " while true do end end)()",
        "local c = coroutine.create(function() local x <close> = setmetatable({},"
        " {__close = function() while true do end end}) coroutine.yield() end)"
        " coroutine.resume(c) pcall(coroutine.close, c) while true do end",
        "local function tree(n) for i = 1, n < 9 and 50 or 0 do coroutine.wrap(tree)(n + 1) end end tree(0)",
        "local t = setmetatable({}, {__index = function(t, k) return t[k + 1] end}) while true do pcall(function()"
        " return t[1] end) end",
        "local t = {} for i = 1, 30000 do t[i] = i % 977 end while true do table.sort(t) end",
        "local t = {} for i = 1, 100000 do t[i] = 1 end while true do table.insert(t, 1, 1) table.remove(t, 1) end",
        "local t = {} for i = 1, 100000 do t[i] = 'x' end while true do table.concat(t) end",
        "table.move({}, 1, 1e15, 2)",
        "table.move({}, -1e15, 1, '2')",
        "table.insert(setmetatable({}, {__len = function() return 1e15 end}), 1.0, 1)",
        "table.remove(setmetatable({}, {__len = function() return 1e15 end}), '1')",
        "while true do string.rep('x', 100000):upper() end",
        "while true do string.rep('', 1e15) end",
        "local text = ('b'):rep(1000000) while true do string.packsize(text) end",
        "local text = ('1'):rep(1000000) while true do local number = -text end",
        "return (('a'):rep(30)):find(('a-'):rep(30) .. 'b')",
        "return (('a'):rep(60)):match(('a*'):rep(60) .. 'b')",
        "for m in (('a'):rep(40)):gmatch(('a-'):rep(30) .. 'b') do end",
        "return (('a'):rep(40)):gsub(('a-'):rep(30) .. 'b', '')",
        "return (('a'):rep(100000)):find('.-.-.-b')",
        "local set = '[' .. ('b'):rep(100000) .. ']' return ('a'):rep(4000):find(set)",
        "local set = '[' .. ('b'):rep(100000) .. ']' return ('a'):rep(4000):gsub('%f' .. set, '')",
        "local set = '[' .. ('b'):rep(100000) while true do pcall(string.match, 'a', set) end",
        "local text = ('b'):rep(1000000) while true do (''):find(text) end",
        "while true do (('a'):rep(100000)):find('b', 1, true) end",
        "local s = ('('):rep(200000) while true do s:find('%b()') end",
        "local s = ('1'):rep(100000) while true do tonumber(s) end",
        "local s = ('a'):rep(1000000) while true do utf8.len(s) end",
        "local s, t = ('a'):rep(1000000), ('a'):rep(1000000) while true do local x = s < t end",
        "local s = ('x = 1 '):rep(50000) while true do load(s) end",
        "repeat local ok = pcall(setmetatable, {}, {__gc = error}) until ok",
        "goto again ::again:: goto again",
        "local t = {} for i = 1, 60000 do t[i] = 1 end for i = 1, 59999 do t[i] = nil end"
        " while true do next(t) end",
    };
    for (const std::string& code : codes) ends(code, "has used up its budget");
    ends("local x <close> = setmetatable({}, {__close = function() while true do end end}) error('x')", "code:1: x");
  }

  void what_eats_memory_ends() {
    const std::vector<std::string> codes = {
        "return ('x'):rep(1e9)",
        "return ('x'):rep(1e15)",
        "local s = 'x' while true do s = s .. s end",
        "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end",
        "local t = {} while true do pcall(function() while true do t[#t + 1] = {} end end) end",
        "local t = {} for i = 1, 1e9 do t[i] = coroutine.create(print) end",
        "return table.concat(setmetatable({}, {__len = function() return 1e9 end, __index = function()"
        " return ('x'):rep(1000) end}))",
        "return ('x'):rep(1e6):gsub('x', ('y'):rep(1000))",
        "return string.format(('%s'):rep(50), table.unpack((function() local t = {} for i = 1, 50 do"
        " t[i] = ('x'):rep(1e5) end return t end)()))",
        "local t = table.pack(string.byte(('x'):rep(900000), 1, -1)) t[1] = {} local u = {table.unpack(t)}",
    };
    server_ = files_.serve(kRunner, {{"budget", kMemoryBudget}, {"memory", "4MiB"}});
    for (const std::string& code : codes) ends(code, "");
    ends("local s = ... while true do s:send(('x'):rep(100000)) end", "the call sends more than its memory");
    ends("local s, g = ..., netkit.group('g') g:add(s) while true do g:send(('x'):rep(100000)) end", "sends more than");
    ends("keep = {} while true do pcall(function() while true do keep[#keep + 1] = {} end end) end", "its memory");
  }

  /// What one size has used serves the next, and what the process has from malloc() meanwhile is no more than `memory`.
  void memory_is_bounded_whatever_sizes_blocks_have() {
    constexpr std::size_t kMemory = std::size_t{8} << 20;
    server_ = files_.serve(kRunner, {{"budget", "20s"}, {"memory", "8MiB"}});
    CPPUNIT_ASSERT_EQUAL(std::string("pong"), answer("ping"));
    const std::size_t before = in_malloc();
    const std::string grow =
        "for size = 50, 220, 15 do local t = {} for i = 1, 5e6 // (size + 40) do"
        " t[i] = ('%07d'):format(i) .. ('x'):rep(size - 7) end end ";
    CPPUNIT_ASSERT_EQUAL(std::string("done"), answer(grow + "return 'done'"));
    const std::size_t held = in_malloc() - before;
    CPPUNIT_ASSERT_MESSAGE(std::to_string(held), held <= kMemory + kMemory / 8);
    CPPUNIT_ASSERT_EQUAL(std::string("done"), answer("local s = 'x' for i = 1, 22 do s = s .. s end return 'done'"));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, server_->metric("script_over_memory"));
  }

  void errors_are_told_with_their_place() {
    ends("error('oops')", "code:1: oops (");
    ends("\n\nlocal x = nil; x.y = 1", "code:3: attempt to index a nil value (local 'x') (code:3");
    ends("local function f() error('deep') end local function g() f() end g()", "code:1 in f, code:1 in g");
    ends("error({})", "(a table was thrown)");
    ends("error()", "(a nil was thrown)");
    ends("error(setmetatable({}, {__tostring = function() while true do end end}))", "(a table was thrown)");
    ends("coroutine.yield(1)", "yielded outside of a coroutine");
    ends("tostring(setmetatable({}, {__tostring = function() netkit.sleep(1) return 'x' end}))", "cannot wait here");
    ends("tostring(setmetatable({}, {__tostring = function() coroutine.yield() end}))", "attempt to yield across");
    ends("return load(('x'):rep(2000000))", "larger than 1 MiB");
  }

  void recursion_ends() {
    ends("local function f() return 1 + f() end f()", "");
    ends("local function f() coroutine.wrap(f)() end f()", "C stack overflow");
    const std::string nested = "local function f(n) return n == 0 or select(2, pcall(f, n - 1)) end return f";
    CPPUNIT_ASSERT_EQUAL(std::string("true"), answer(nested + "(170)"));
    CPPUNIT_ASSERT_EQUAL(std::string("code:1: too many protected calls within each other"), answer(nested + "(1000)"));
    ends("local function f() return pcall(f) or f() end while true do f() end", "has used up its budget");
    ends("local t = setmetatable({}, {}) getmetatable(t).__index = t return t.x", "loop");
    ends("return (('a'):rep(300)):find(('(a'):rep(300))", "too many captures");
    ends("return (('a'):rep(300)):find(('a?'):rep(300))", "pattern too complex");
    ends("return load(('('):rep(1000) .. '1' .. (')'):rep(1000))()", "");
    ends("local t = {} for i = 1, 2000 do t = {t} end return table.unpack({}, 1, 1e8)", "too many results");
    ends("local s = ('x'):rep(1e6) return string.byte(s, 1, -1)", "");
    ends("return string.gsub('x', '.', string.gsub)", "");
  }

  void there_is_no_way_out() {
    for (const char* name : {"io", "os", "debug", "package", "dofile", "loadfile", "warn"}) {
      CPPUNIT_ASSERT_EQUAL(std::string("nil"), answer(std::string("return ") + name));
    }
    CPPUNIT_ASSERT_EQUAL(std::string("nil"), answer("return string.dump"));
    CPPUNIT_ASSERT_EQUAL(std::string("false"), answer("return getmetatable('')"));
    CPPUNIT_ASSERT_EQUAL(std::string("false"), answer("local s = ... return getmetatable(s)"));
    CPPUNIT_ASSERT_EQUAL(std::string("false"), answer("return getmetatable(netkit.group('g'))"));
    CPPUNIT_ASSERT_EQUAL(std::string("attempt to load a binary chunk (mode is 't')"),
                         answer("return (select(2, load('\\27Lua')))"));
    CPPUNIT_ASSERT_EQUAL(std::string("attempt to load a binary chunk (mode is 't')"),
                         answer("return (select(2, load('\\27Lua', 'x', 'b')))"));
    ends("setmetatable({}, {__gc = print})", "finalizers");
    ends("setmetatable(('x'), {})", "table expected");
    ends("require('../x')", "not loaded yet");
    ends("local s = ... s.on_message = 1", "only 'state'");
    ends("local s = ... return s.nothing", "has no 'nothing'");
    ends("netkit.group('a').send('x')", "bad argument");
  }

  void libraries_are_those_that_are_listed() {
    server_ = files_.serve(kRunner, {{"libraries", "base, string, os"}});
    CPPUNIT_ASSERT_EQUAL(std::string("nil"), answer("return table"));
    CPPUNIT_ASSERT_EQUAL(std::string("clock date difftime time "),
                         answer("local all = '' for _, name in ipairs({'clock', 'date', 'difftime', 'execute', 'exit',"
                                " 'getenv', 'remove', 'rename', 'setlocale', 'time', 'tmpname'}) do"
                                " if os[name] then all = all .. name .. ' ' end end return all"));
    CPPUNIT_ASSERT_EQUAL(std::string("4"), answer("local n = 0 for _ in pairs(os) do n = n + 1 end return n"));
    CPPUNIT_ASSERT_EQUAL(std::string("1970-01-02"), answer("return os.date('!%Y-%m-%d', 86400)"));
    for (const char* name : {"io", "debug", "package"}) {
      contains(files_.refusal(kRunner, {{"libraries", name}}), std::string("found '") + name + "', expected some of");
    }
    CPPUNIT_ASSERT_EQUAL(std::string("'libraries': found 'strings', expected some of base, string, table, math, utf8, "
                                     "coroutine, os"),
                         files_.refusal(kRunner, {{"libraries", "strings"}}));
  }

  void a_script_that_cannot_be_used_is_refused() {
    CPPUNIT_ASSERT_EQUAL(std::string("'script': test.lua:2: syntax error near 'b'"), files_.refusal("\na b"));
    CPPUNIT_ASSERT_EQUAL(std::string("'script': test.lua:1: oops (test.lua:1)"), files_.refusal("error('oops')"));
    CPPUNIT_ASSERT_EQUAL(std::string("'script': test.lua: has no function 'on_message', expected on_message(session, "
                                     "body)"),
                         files_.refusal(""));
    contains(files_.refusal("on_message = 1"), "'on_message' is a number, expected a function");
    contains(files_.refusal("while true do end"), "has used up its budget");
    contains(files_.refusal("netkit.sleep(1)"), "nothing can wait while the script is loaded");
    contains(files_.refusal("coroutine.yield()"), "cannot yield while it is loaded");
    contains(files_.refusal("\x1bLua"), "attempt to load a binary chunk");
    CPPUNIT_ASSERT_EQUAL(std::string("'script': xnone.lua: No such file or directory"),
                         files_.refusal("", {{"script", files_.write("x", "") + "none.lua"}}));
  }

  void modules_come_from_the_folder_of_the_script() {
    files_.write("lib/tools.lua", "count = (count or 0) + 1 return {say = function() return 'tools' .. count end}");
    files_.write("broken.lua", "\n\nx x");
    const std::string answers = "function on_message(s, b) return tools.say() end";
    server_ = files_.serve("tools = require('lib.tools') tools = require('lib.tools') " + answers);
    CPPUNIT_ASSERT_EQUAL(std::string("tools1"), answer("x"));
    contains(files_.refusal("require('broken')"), "broken.lua:3:");
    contains(files_.refusal("require('nothing')"), "nothing.lua: No such file");
    contains(files_.refusal("require('..x')"), "is no name of a module");
    contains(files_.refusal("require('/etc/x')"), "is no name of a module");
  }

  void the_state_serves_on_after_each() {
    server_ = files_.serve(kRunner, {{"budget", kMemoryBudget}, {"memory", "4MiB"}});
    for (int i = 0; i < 3; ++i) {
      ends("while true do pcall(function() while true do end end) end", "budget");
      ends("local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end", "");
      CPPUNIT_ASSERT_EQUAL(std::string("pong"), answer("ping"));
    }
    CPPUNIT_ASSERT_EQUAL(std::int64_t{6}, server_->metric("script_errors"));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, server_->metric("script_over_memory"));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, server_->metric("script_over_budget"));
  }

 private:
  /// Bytes of all blocks that malloc() has given; 0 under a sanitizer.
  static std::size_t in_malloc() {
    const auto info = ::mallinfo2();
    return info.uordblks + info.hblkhd;
  }

  static void contains(const std::string& text, const std::string& part) {
    CPPUNIT_ASSERT_MESSAGE("'" + text + "' has no '" + part + "'", text.find(part) != std::string::npos);
  }

  /// The code ends its conversation with an error that has `part`, and nobody else's.
  void ends(const std::string& code, const std::string& part) {
    TestConversation peer = server_->connect();
    peer.say(code);
    CPPUNIT_ASSERT_MESSAGE(code, !peer.open());
    CPPUNIT_ASSERT_EQUAL_MESSAGE(code, std::string("handler-failed"), peer.close_reason());
    CPPUNIT_ASSERT_MESSAGE(code + "\n" + peer.close_detail() + "\nhas no " + part,
                           peer.close_detail().find(part) != std::string::npos);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(code, std::string("pong"), answer("ping"));
  }

  std::string answer(const std::string& code) {
    TestConversation peer = server_->connect();
    peer.say(code);
    return peer.receive_body();
  }

  ScriptFiles files_;
  std::unique_ptr<TestServer> server_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(SandboxTest);

}  // namespace netkit::lua::test
