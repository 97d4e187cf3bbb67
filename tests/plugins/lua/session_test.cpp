#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <vector>

#include "plugins/lua/script_files.h"

namespace netkit::lua::test {

using namespace netkit::testing;

/// What a script sees of a session, and what it can do with it.
class SessionTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SessionTest);
  CPPUNIT_TEST(what_is_returned_is_the_answer);
  CPPUNIT_TEST(answers_leave_in_their_order);
  CPPUNIT_TEST(attributes_go_both_ways);
  CPPUNIT_TEST(a_session_has_a_state);
  CPPUNIT_TEST(a_session_has_a_peer);
  CPPUNIT_TEST(begin_and_end_are_told);
  CPPUNIT_TEST(an_error_ends_its_session_alone);
  CPPUNIT_TEST(close_comes_behind_the_answer);
  CPPUNIT_TEST(a_session_that_is_gone_does_nothing);
  CPPUNIT_TEST(groups);
  CPPUNIT_TEST(shared_values);
  CPPUNIT_TEST(lines_of_the_log);
  CPPUNIT_TEST(each_loop_has_a_state);
  CPPUNIT_TEST_SUITE_END();

  using Texts = std::vector<std::string>;

 public:
  void what_is_returned_is_the_answer() {
    const auto server = files_.serve(R"(
      function on_message(session, body)
        if body == "nothing" then return end
        if body == "number" then return 7 end
        if body == "float" then return 0.5 end
        if body == "table" then return {} end
        return body:upper()
      end)");
    TestConversation peer = server->connect();
    for (const char* body : {"abc", "nothing", "number", "float", ""}) peer.say(body);
    CPPUNIT_ASSERT((peer.receive_all() == Texts{"ABC", "7", "0.5", ""}));
    peer.say("table");
    CPPUNIT_ASSERT_EQUAL(std::string("on_message returned a table, expected a string, a number or nil"),
                         peer.close_detail());
  }

  void answers_leave_in_their_order() {
    const auto server = files_.serve(R"(
      function on_message(session, body)
        session:send(body .. 1)
        session:send(body .. 2)
        return body .. 3
      end)");
    TestConversation peer = server->connect();
    peer.say("a");
    peer.say("b");
    CPPUNIT_ASSERT((peer.receive_all() == Texts{"a1", "a2", "a3", "b1", "b2", "b3"}));
  }

  void attributes_go_both_ways() {
    const auto server = files_.serve(R"(
      function on_message(session, body, attributes)
        if not attributes then return "none" end
        session:send("sent", {name = attributes.name .. "!", count = attributes.count + 1, on = not attributes.on})
        return "returned", {half = attributes.count / 2}
      end)");
    TestConversation peer = server->connect();
    peer.say("x", Attributes().add("name", "n").add("count", std::int64_t{3}).add("on", true).add("name", "other"));
    const TestMessage sent = peer.receive();
    CPPUNIT_ASSERT(sent.attributes == Attributes().add("count", std::int64_t{4}).add("name", "n!").add("on", false));
    CPPUNIT_ASSERT(peer.receive().attributes == Attributes().add("half", 1.5));
    const auto wrong = files_.serve("function on_message(s) s:send('x', {a = {}}) end");
    TestConversation other = wrong->connect();
    other.say("x");
    CPPUNIT_ASSERT(other.close_detail().find("attribute 'a' is a table") != std::string::npos);
  }

  void a_session_has_a_state() {
    const auto server = files_.serve(R"(
      function on_open(session) session.state = {count = 10} end
      function on_message(session, body)
        session.state.count = session.state.count + 1
        return session.state.count
      end)");
    TestConversation one = server->connect();
    TestConversation other = server->connect();
    for (int i = 0; i < 3; ++i) one.say("x");
    other.say("x");
    CPPUNIT_ASSERT((one.receive_all() == Texts{"11", "12", "13"}));
    CPPUNIT_ASSERT((other.receive_all() == Texts{"11"}));
  }

  void a_session_has_a_peer() {
    const auto server = files_.serve(R"(
      function on_message(session, body)
        local p = session.peer
        return tostring(p) .. " " .. p.host .. " " .. p.port .. " " .. tostring(p.certificate) .. " " .. tostring(p.uid)
          .. " " .. math.type(session.id)
      end)");
    const auto ask = [&](Peer who) {
      TestConversation peer = server->connect(std::move(who));
      peer.say("x");
      return peer.receive_body();
    };
    CPPUNIT_ASSERT_EQUAL(std::string("192.0.2.7:4711 192.0.2.7 4711 nil nil integer"),
                         ask({.host = "192.0.2.7", .port = 4711}));
    CPPUNIT_ASSERT_EQUAL(std::string("[::1]:5 ::1 5 meter nil integer"),
                         ask({.host = "::1", .port = 5, .certificate = "meter"}));
    CPPUNIT_ASSERT_EQUAL(std::string("unix:uid=7 unix:uid=7 0 nil 7 integer"),
                         ask({.host = "unix:uid=7", .credentials = UnixCredentials{.user = 7}}));
  }

  void begin_and_end_are_told() {
    const auto server = files_.serve(R"(
      function on_open(session) session:send("hello") end
      function on_message(session, body) end
      function on_close(session, reason) netkit.log("info", "gone: " .. reason) end)");
    TestConversation peer = server->connect();
    CPPUNIT_ASSERT_EQUAL(std::string("hello"), peer.receive_body());
    peer.reset();
    CPPUNIT_ASSERT(logged(*server, "gone: peer-reset"));
  }

  void an_error_ends_its_session_alone() {
    const auto server = files_.serve(R"(
      function on_open(session) if session.peer.port == 1 then error("in open") end end
      function on_message(session, body) if body == "bad" then error("in message") end return "fine" end
      function on_close(session, reason) if session.peer.port == 2 then error("in close") end end)");
    TestConversation fine = server->connect();
    TestConversation open = server->connect({.host = "h", .port = 1});
    CPPUNIT_ASSERT_EQUAL(std::string("test.lua:2: in open (test.lua:2)"), open.close_detail());
    TestConversation message = server->connect({.host = "h", .port = 2});
    message.say("bad");
    CPPUNIT_ASSERT_EQUAL(std::string("test.lua:3: in message (test.lua:3)"), message.close_detail());
    fine.say("x");
    CPPUNIT_ASSERT_EQUAL(std::string("fine"), fine.receive_body());
    CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, server->metric("script_errors"));
  }

  void close_comes_behind_the_answer() {
    const auto server = files_.serve(R"(
      function on_message(session, body)
        session:close()
        session:send("first")
        return "last"
      end)");
    TestConversation peer = server->connect();
    peer.say("x");
    CPPUNIT_ASSERT((peer.receive_all() == Texts{"first", "last"}));
    CPPUNIT_ASSERT_EQUAL(std::string("handler-closed"), peer.close_reason());
  }

  void a_session_that_is_gone_does_nothing() {
    const auto server = files_.serve(R"(
      local gone
      function on_close(session) gone = session end
      function on_message(session, body)
        gone:close()
        return tostring(gone:send("x")) .. tostring(gone:after(1, print)) .. gone.peer.port .. type(gone.state)
      end)");
    server->connect({.host = "h", .port = 9}).reset();
    TestConversation peer = server->connect();
    peer.say("x");
    CPPUNIT_ASSERT_EQUAL(std::string("falsefalse9table"), peer.receive_body());
  }

  void groups() {
    const auto server = files_.serve(R"(
      function on_open(session) netkit.group("all"):add(session) end
      function on_message(session, body)
        local all = netkit.group("all")
        if body == "leave" then all:remove(session) return all:size() end
        if body == "others" then all:send(body, session) return end
        all:send(body)
      end)",
                                     {}, {.loops = 2});
    TestConversation one = server->connect();
    TestConversation other = server->connect();
    one.say("everybody");
    server->settle();
    CPPUNIT_ASSERT((one.receive_all() == Texts{"everybody"}));
    CPPUNIT_ASSERT((other.receive_all() == Texts{"everybody"}));
    one.say("others");
    server->settle();
    CPPUNIT_ASSERT(one.receive_all().empty());
    CPPUNIT_ASSERT((other.receive_all() == Texts{"others"}));
    other.say("leave");
    CPPUNIT_ASSERT((other.receive_all() == Texts{"1"}));
  }

  void shared_values() {
    const auto server = files_.serve(R"(
      local shared = netkit.shared
      function on_message(session, body)
        if body == "full" then for i = 1, 1e6 do shared.set("k" .. i, ("x"):rep(100000)) end end
        shared.set("text", body)
        shared.set("gone", 1) shared.set("gone", nil)
        shared.set("deleted", 1) shared.delete("deleted")
        shared.set("short", 1, 0)
        return shared.get("text") .. shared.add("n", 1) .. tostring(shared.get("gone")) .. tostring(shared.get("deleted"))
          .. tostring(shared.get("short")) .. shared.add("f", 0.5)
      end)",
                                     {{"memory", "1MiB"}}, {.loops = 2});
    TestConversation one = server->connect();
    TestConversation other = server->connect();
    one.say("a");
    other.say("b");
    CPPUNIT_ASSERT_EQUAL(std::string("a1nilnilnil0.5"), one.receive_body());
    CPPUNIT_ASSERT_EQUAL(std::string("b2nilnilnil1.0"), other.receive_body());
    one.say("full");
    CPPUNIT_ASSERT(one.close_detail().find("test.lua:4: netkit.shared is full") == 0);
  }

  void lines_of_the_log() {
    const auto server = files_.serve(R"(
      print("loaded", 1, true)
      function on_message(session, body) print(body, nil) netkit.log("warning", 7) netkit.log("loud", "x") end)");
    CPPUNIT_ASSERT(logged(*server, "info: loaded\t1\ttrue"));
    TestConversation peer = server->connect();
    peer.say("x");
    CPPUNIT_ASSERT(logged(*server, "x\tnil"));
    CPPUNIT_ASSERT(logged(*server, "7"));
    CPPUNIT_ASSERT(peer.close_detail().find("invalid option 'loud'") != std::string::npos);
  }

  void each_loop_has_a_state() {
    const auto server = files_.serve(R"(
      local count = 0
      function on_message() count = count + 1 return count end)",
                                     {}, {.loops = 2});
    Texts answers;
    for (int i = 0; i < 4; ++i) {
      TestConversation peer = server->connect();
      peer.say("x");
      answers.push_back(peer.receive_body());
    }
    CPPUNIT_ASSERT((answers == Texts{"1", "1", "2", "2"}));
  }

 private:
  static bool logged(const TestServer& server, const std::string& text) {
    for (const std::string& line : server.log()) {
      if (line.find(text) != std::string::npos) return true;
    }
    return false;
  }

  ScriptFiles files_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(SessionTest);

}  // namespace netkit::lua::test
