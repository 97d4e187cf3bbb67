#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "plugins/lua/script_files.h"

namespace netkit::lua::test {

using namespace netkit::testing;
using namespace std::chrono_literals;

/// Calls that wait: for a time, for a connection, for what comes over it.
class WaitingTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(WaitingTest);
  CPPUNIT_TEST(a_call_sleeps_and_others_do_not);
  CPPUNIT_TEST(coroutines_of_the_script_wait_too);
  CPPUNIT_TEST(nobody_else_resumes_what_waits);
  CPPUNIT_TEST(nobody_else_resumes_a_call_that_waits);
  CPPUNIT_TEST(an_error_behind_a_wait_ends_the_session);
  CPPUNIT_TEST(the_budget_counts_between_waits);
  CPPUNIT_TEST(messages_wait_for_on_open);
  CPPUNIT_TEST(timers_of_a_session);
  CPPUNIT_TEST(what_waits_ends_with_its_session);
  CPPUNIT_TEST(what_waits_is_closed_after_a_call_over_its_budget);
  CPPUNIT_TEST(nothing_waits_once_a_session_has_ended);
  CPPUNIT_TEST(asks_another_server);
  CPPUNIT_TEST(a_server_that_is_not_there);
  CPPUNIT_TEST(a_server_that_does_not_answer);
  CPPUNIT_TEST(a_server_that_says_much);
  CPPUNIT_TEST(only_servers_of_the_config);
  CPPUNIT_TEST(one_call_waits_for_a_connection);
  CPPUNIT_TEST_SUITE_END();

  using Texts = std::vector<std::string>;

 public:
  void a_call_sleeps_and_others_do_not() {
    const auto server = files_.serve(R"(
      function on_message(session, body)
        if body == "now" then return "now" end
        session:send("before")
        netkit.sleep(1.5)
        session:send("after")
        if body == "end" then session:close() end
        return "slept"
      end)");
    TestConversation one = server->connect();
    TestConversation other = server->connect();
    one.say("x");
    one.say("now");
    other.say("now");
    CPPUNIT_ASSERT((one.receive_all() == Texts{"before"}));
    CPPUNIT_ASSERT((other.receive_all() == Texts{"now"}));
    server->advance(1499ms);
    CPPUNIT_ASSERT(one.receive_all().empty());
    server->advance(1ms);
    CPPUNIT_ASSERT((one.receive_all() == Texts{"after", "slept", "now"}));
    other.say("end");
    server->advance(2s);
    CPPUNIT_ASSERT((other.receive_all() == Texts{"before", "after", "slept"}));
    CPPUNIT_ASSERT_EQUAL(std::string("handler-closed"), other.close_reason());
  }

  void coroutines_of_the_script_wait_too() {
    const auto server = files_.serve(R"(
      local function numbers()
        for i = 1, 3 do
          netkit.sleep(1)
          coroutine.yield(i)
        end
      end
      function on_message(session, body)
        local c = coroutine.create(function()
          for n in coroutine.wrap(numbers) do session:send("n" .. n) end
          return "end"
        end)
        local ok, result = coroutine.resume(c)
        return tostring(ok) .. result .. coroutine.status(c)
      end)");
    TestConversation peer = server->connect();
    peer.say("x");
    server->advance(3s);
    CPPUNIT_ASSERT((peer.receive_all() == Texts{"n1", "n2", "n3", "trueenddead"}));
  }

  void nobody_else_resumes_what_waits() {
    const auto server = files_.serve(R"(
      local c = coroutine.create(function() netkit.sleep(1) return "woken" end)
      function on_message(session, body)
        local ok, result = coroutine.resume(c)
        if not ok and body == "close" then coroutine.close(c) end
        return result
      end)");
    TestConversation one = server->connect();
    TestConversation other = server->connect();
    meet(one, other);
    CPPUNIT_ASSERT(other.close_detail().find("cannot close a coroutine that waits") != std::string::npos);
    server->advance(1s);
    CPPUNIT_ASSERT_EQUAL(std::string("woken"), one.receive_body());
  }

  /// The thread of a call is a coroutine, too, and the script may keep it.
  void nobody_else_resumes_a_call_that_waits() {
    const auto server = files_.serve(R"(
      local c
      function on_message(session, body)
        if body == "close" then return tostring(pcall(coroutine.close, c)) end
        if c then return select(2, coroutine.resume(c)) end
        c = coroutine.running()
        netkit.sleep(1)
        return "woken"
      end)");
    TestConversation one = server->connect();
    TestConversation other = server->connect();
    meet(one, other);
    CPPUNIT_ASSERT_EQUAL(std::string("false"), other.receive_body());
    server->advance(1s);
    CPPUNIT_ASSERT_EQUAL(std::string("woken"), one.receive_body());
    other.say("x");
    CPPUNIT_ASSERT_EQUAL(std::string("cannot resume dead coroutine"), other.receive_body());
  }

  void an_error_behind_a_wait_ends_the_session() {
    const auto server = files_.serve(R"(
      function on_message(session, body)
        netkit.sleep(1)
        error("late")
      end)");
    TestConversation peer = server->connect();
    peer.say("x");
    server->advance(1s);
    CPPUNIT_ASSERT_EQUAL(std::string("handler-failed"), peer.close_reason());
    CPPUNIT_ASSERT_EQUAL(std::string("test.lua:4: late (test.lua:4)"), peer.close_detail());
  }

  void the_budget_counts_between_waits() {
    const auto server = files_.serve(R"(
      function on_message(session, body)
        for i = 1, 10 do
          local t = 0
          for j = 1, 400000 do t = t + j end
          netkit.sleep(1)
        end
        pcall(function() netkit.sleep(1) while true do end end)
      end)",
                                     {{"budget", "150ms"}});
    TestConversation peer = server->connect();
    peer.say("x");
    server->advance(10s);
    CPPUNIT_ASSERT(peer.open());
    server->advance(1s);
    CPPUNIT_ASSERT_EQUAL(std::string("test.lua:8: the call has used up its budget"), peer.close_detail().substr(0, 43));
  }

  /// The first message comes when on_open() has ended, however often it waits.
  void messages_wait_for_on_open() {
    const auto server = files_.serve(R"(
      function on_open(session)
        netkit.sleep(1)
        session.state.up = netkit.connect("stock")
        session:send("hello")
      end
      function on_message(session, body) return body .. " " .. type(session.state.up) end)",
                                     {}, with_stock());
    TestConversation peer = server->connect();
    peer.say("a");
    peer.say("b");
    CPPUNIT_ASSERT(peer.receive_all().empty());
    server->advance(1s);
    CPPUNIT_ASSERT(peer.receive_all().empty());
    server->upstream().accept();
    CPPUNIT_ASSERT((peer.receive_all() == Texts{"hello", "a userdata", "b userdata"}));
    peer.say("c");
    CPPUNIT_ASSERT((peer.receive_all() == Texts{"c userdata"}));
  }

  void timers_of_a_session() {
    const auto server = files_.serve(R"(
      local function tick(session)
        session.state.n = (session.state.n or 0) + 1
        session:send("tick " .. session.state.n)
        if session.state.n < 3 then session:after(1, tick) else error("enough") end
      end
      function on_open(session) session:after(1, tick) end
      function on_message(session, body)
        for i = 1, 2000 do session:after(100, tick) end
      end)");
    TestConversation peer = server->connect();
    server->advance(2s);
    CPPUNIT_ASSERT((peer.receive_all() == Texts{"tick 1", "tick 2"}));
    server->advance(1s);
    CPPUNIT_ASSERT(peer.close_detail().find("enough") != std::string::npos);
    TestConversation other = server->connect();
    other.say("x");
    CPPUNIT_ASSERT(other.close_detail().find("too many timers") != std::string::npos);
    server->advance(10s);
  }

  void what_waits_ends_with_its_session() {
    const auto server = files_.serve(R"(
      function on_message(session, body)
        local x <close> = setmetatable({}, {__close = function() print("closed", pcall(netkit.sleep, 1)) end})
        session:after(1, function() print("never") end)
        netkit.sleep(1)
        print("never")
      end)");
    TestConversation peer = server->connect();
    peer.say("x");
    peer.reset();
    server->advance(2s);
    bool closed = false;
    for (const std::string& line : server->log()) {
      closed = closed || line.find("closed\tfalse") != std::string::npos;
      CPPUNIT_ASSERT_MESSAGE(line, line.find("never") == std::string::npos);
    }
    CPPUNIT_ASSERT(closed);
  }

  void what_waits_is_closed_after_a_call_over_its_budget() {
    const auto server = files_.serve(R"(
      function on_message(session, body)
        if body == "loop" then while true do end end
        local x <close> = setmetatable({}, {__close = function() print("has ended") end})
        netkit.sleep(1)
      end)");
    TestConversation peer = server->connect();
    peer.say("x");
    TestConversation other = server->connect();
    other.say("loop");
    CPPUNIT_ASSERT(!other.open());
    peer.reset();
    const std::vector<std::string> lines = server->log();
    CPPUNIT_ASSERT(std::any_of(lines.begin(), lines.end(),
                               [](const std::string& line) { return line.find("has ended") != std::string::npos; }));
  }

  void nothing_waits_once_a_session_has_ended() {
    const auto server = files_.serve(R"(
      function on_message(session, body) end
      function on_close(session, reason) print(pcall(netkit.sleep, 1)) end)");
    server->connect().reset();
    CPPUNIT_ASSERT(server->log().back().find("nothing can wait once the session has ended") != std::string::npos);
  }

  void asks_another_server() {
    const auto server = serve_asking();
    TestConversation peer = server->connect();
    peer.say("price");
    TestUpstream stock = server->upstream();
    CPPUNIT_ASSERT_EQUAL(std::string("stock"), stock.target());
    stock.accept();
    CPPUNIT_ASSERT_EQUAL(std::string("price"), stock.receive_body());
    stock.say("7", Attributes().add("unit", "EUR"));
    CPPUNIT_ASSERT_EQUAL(std::string("7 EUR"), peer.receive_body());
    peer.say("again");
    CPPUNIT_ASSERT_EQUAL(std::string("again"), stock.receive_body());
    stock.say("8");
    CPPUNIT_ASSERT_EQUAL(std::string("8 nil"), peer.receive_body());
    peer.reset();
    CPPUNIT_ASSERT(!stock.open());
  }

  void a_server_that_is_not_there() {
    const auto server = serve_asking();
    TestConversation peer = server->connect();
    peer.say("price");
    server->upstream().fail("connect-failed", "Connection refused");
    CPPUNIT_ASSERT_EQUAL(std::string("no server: connect-failed: Connection refused"), peer.receive_body());
  }

  void a_server_that_does_not_answer() {
    const auto server = serve_asking();
    TestConversation peer = server->connect();
    peer.say("price");
    TestUpstream stock = server->upstream();
    stock.accept();
    server->advance(2s);
    CPPUNIT_ASSERT_EQUAL(std::string("no answer: timeout"), peer.receive_body());
    peer.say("price");
    stock.close();
    CPPUNIT_ASSERT_EQUAL(std::string("no answer: peer-closed"), peer.receive_body());
  }

  void a_server_that_says_much() {
    const auto server = serve_asking();
    TestConversation peer = server->connect();
    peer.say("price");
    TestUpstream stock = server->upstream();
    stock.accept();
    for (const char* text : {"1", "2", "3"}) stock.say(text);
    for (const char* text : {"1 nil", "2 nil", "3 nil"}) {
      CPPUNIT_ASSERT_EQUAL(std::string(text), peer.receive_body());
      peer.say("more");
    }
  }

  void only_servers_of_the_config() {
    const auto server = files_.serve("function on_message(s, b) netkit.connect(b) end");
    TestConversation peer = server->connect();
    peer.say("127.0.0.1:80");
    CPPUNIT_ASSERT(peer.close_detail().find("'connect' of the config names no '127.0.0.1:80'") != std::string::npos);
  }

  void one_call_waits_for_a_connection() {
    const auto server = files_.serve(R"(
      local link
      function on_message(session, body)
        if body == "open" then link = netkit.connect("stock") session:after(0, function() link:receive() end)
          netkit.sleep(1) end
        return (link:receive())
      end)",
                                     {}, with_stock());
    TestConversation peer = server->connect();
    peer.say("open");
    server->upstream().accept();
    server->advance(1s);
    CPPUNIT_ASSERT(peer.close_detail().find("another call waits for the connection already") != std::string::npos);
    TestConversation other = server->connect();
    other.say("x");
    CPPUNIT_ASSERT(!other.open() || other.receive_body() == "");
  }

 private:
  /// The call of one waits; the other one tries to resume it, and to close it.
  static void meet(TestConversation& one, TestConversation& other) {
    one.say("x");
    other.say("x");
    CPPUNIT_ASSERT_EQUAL(std::string("cannot resume a coroutine that waits"), other.receive_body());
    other.say("close");
  }

  static ServerSetup with_stock() {
    ServerSetup setup;
    setup.more.set("connect", Options::Targets{{"stock", test_target("stock")}});
    return setup;
  }
  std::unique_ptr<TestServer> serve_asking() {
    return files_.serve(R"(
      function on_message(session, body)
        local link, why = session.state.link
        if not link then
          link, why = netkit.connect("stock")
          if not link then return "no server: " .. why end
          session.state.link = link
        end
        link:send(body)
        local answer, attributes = link:receive(2)
        if not answer then return "no answer: " .. attributes end
        return answer .. " " .. tostring(attributes and attributes.unit)
      end)",
                        {}, with_stock());
  }

  ScriptFiles files_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(WaitingTest);

}  // namespace netkit::lua::test
