#include <cppunit/extensions/HelperMacros.h>

#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "admin/handler.h"
#include "netkit/testing/test_server.h"

namespace netkit::testing {
namespace {

using Json = nlohmann::ordered_json;
using Action = AdminCommand::Action;

/// A server that does what it is told and remembers it.
class FakeServer final : public Administration {
 public:
  bool ready() const override { return is_ready; }
  std::string metrics() const override { return "m 1\n"; }
  Json status() const override { return {{"pid", 1}}; }
  Json listeners() const override { return Json::array({{{"listener", "a\xff"}}}); }
  Json errors() const override { return Json::array(); }
  void plugins(Lines done) override { done(Json::array({{{"generation", 3}}})); }
  void sessions(const SessionFilter& filter, Lines done) override {
    asked = filter;
    // On another thread, as the loops answer.
    std::thread([done] { done(Json::array({{{"id", 7}}})); }).join();
  }
  void act(AdminCommand command, Done done) override {
    commands.push_back(command);
    done(outcome);
  }

  bool is_ready = true;
  SessionFilter asked;
  std::vector<AdminCommand> commands;
  AdminOutcome outcome{AdminOutcome::Result::done, "done"};
};

class HandlerTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(HandlerTest);
  CPPUNIT_TEST(views_are_json);
  CPPUNIT_TEST(the_page_brings_its_policy);
  CPPUNIT_TEST(metrics_say_their_version);
  CPPUNIT_TEST(readiness_ends_with_the_drain);
  CPPUNIT_TEST(sessions_are_filtered);
  CPPUNIT_TEST(each_change_is_a_command);
  CPPUNIT_TEST(a_change_by_get_and_a_view_by_post_are_refused);
  CPPUNIT_TEST(what_fails_says_why);
  CPPUNIT_TEST(an_unknown_path_is_404);
  CPPUNIT_TEST(the_metrics_address_shows_nothing_else);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override { make(false); }
  void tearDown() override { server_.reset(); }

  void views_are_json() {
    CPPUNIT_ASSERT_EQUAL(std::string("{\n  \"pid\": 1\n}\n"), ask("GET", "/status").body);
    const TestMessage listeners = ask("GET", "/listeners");
    CPPUNIT_ASSERT(listeners.body.find("a\xef\xbf\xbd") != std::string::npos);  // what is no UTF-8 is replaced
    CPPUNIT_ASSERT_EQUAL(std::string("application/json"), *listeners.attributes.text("content-type"));
    CPPUNIT_ASSERT_EQUAL(std::string("no-store"), *listeners.attributes.text("cache-control"));
    CPPUNIT_ASSERT_EQUAL(std::string("[]\n"), ask("GET", "/errors").body);
    CPPUNIT_ASSERT(ask("GET", "/plugins").body.find("\"generation\": 3") != std::string::npos);
  }

  void the_page_brings_its_policy() {
    const TestMessage page = ask("GET", "/");
    CPPUNIT_ASSERT(page.body.starts_with("<!doctype html>"));
    CPPUNIT_ASSERT_EQUAL(std::string("text/html; charset=utf-8"), *page.attributes.text("content-type"));
    CPPUNIT_ASSERT_EQUAL(std::string("no-store"), *page.attributes.text("cache-control"));
    const std::string policy = *page.attributes.text("content-security-policy");
    CPPUNIT_ASSERT(policy.starts_with("default-src 'none'; script-src 'sha256-"));
    CPPUNIT_ASSERT(policy.find("unsafe") == std::string::npos);
    CPPUNIT_ASSERT_EQUAL(405L, status("POST", "/"));
  }

  void metrics_say_their_version() {
    const TestMessage metrics = ask("GET", "/metrics");
    CPPUNIT_ASSERT_EQUAL(std::string("m 1\n"), metrics.body);
    CPPUNIT_ASSERT_EQUAL(std::string("text/plain; version=0.0.4; charset=utf-8"),
                         *metrics.attributes.text("content-type"));
  }

  void readiness_ends_with_the_drain() {
    CPPUNIT_ASSERT_EQUAL(200L, status("GET", "/readyz"));
    fake_.is_ready = false;
    CPPUNIT_ASSERT_EQUAL(503L, status("GET", "/readyz"));
    CPPUNIT_ASSERT_EQUAL(200L, status("GET", "/healthz"));
  }

  void sessions_are_filtered() {
    CPPUNIT_ASSERT(ask("GET", "/sessions?listener=shell&limit=5").body.find("\"id\": 7") != std::string::npos);
    CPPUNIT_ASSERT_EQUAL(std::string("shell"), fake_.asked.listener);
    CPPUNIT_ASSERT_EQUAL(std::size_t{5}, fake_.asked.limit);
    ask("GET", "/sessions?peer=192.0.2.%37&age=0.25&idle=300");
    CPPUNIT_ASSERT_EQUAL(std::string("192.0.2.7"), fake_.asked.peer);
    CPPUNIT_ASSERT(fake_.asked.age == std::chrono::milliseconds(250) && fake_.asked.idle == std::chrono::minutes(5));
    CPPUNIT_ASSERT_EQUAL(std::string("idle: found '5min', expected seconds\n"), ask("GET", "/sessions?idle=5min").body);
    for (const char* wrong : {"limit=many", "limit=-1", "age=-1", "age=nan", "age=inf", "idle=1e10", "idle=5min"})
      CPPUNIT_ASSERT_EQUAL(400L, status("GET", std::string("/sessions?") + wrong));
  }

  void each_change_is_a_command() {
    CPPUNIT_ASSERT_EQUAL(std::string("done\n"), ask("POST", "/reload").body);
    ask("POST", "/log?level=debug");
    ask("POST", "/sessions/9007199254740991/kill");
    ask("POST", "/listeners/a/pause");
    ask("POST", "/listeners/b/resume");
    ask("POST", "/listeners/c/drain");
    const std::vector<Action> expected{Action::reload, Action::log_level, Action::kill,
                                       Action::pause,  Action::resume,    Action::drain};
    CPPUNIT_ASSERT_EQUAL(expected.size(), fake_.commands.size());
    for (std::size_t i = 0; i < expected.size(); ++i) CPPUNIT_ASSERT(expected[i] == fake_.commands[i].action);
    CPPUNIT_ASSERT_EQUAL(std::string("debug"), fake_.commands[1].target);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{9007199254740991}, fake_.commands[2].id);
    CPPUNIT_ASSERT_EQUAL(std::string("c"), fake_.commands[5].target);
  }

  void a_change_by_get_and_a_view_by_post_are_refused() {
    CPPUNIT_ASSERT_EQUAL(405L, status("GET", "/reload"));
    CPPUNIT_ASSERT_EQUAL(405L, status("GET", "/sessions/1/kill"));
    CPPUNIT_ASSERT_EQUAL(405L, status("PUT", "/listeners/a/pause"));
    CPPUNIT_ASSERT_EQUAL(405L, status("POST", "/status"));
    CPPUNIT_ASSERT_EQUAL(405L, status("POST", "/plugins"));
    CPPUNIT_ASSERT_EQUAL(405L, status("DELETE", "/metrics"));
    CPPUNIT_ASSERT(fake_.commands.empty());
  }

  void what_fails_says_why() {
    fake_.outcome = {AdminOutcome::Result::failed, "x.json:3:1: wrong\nreload failed"};
    CPPUNIT_ASSERT_EQUAL(409L, status("POST", "/reload"));
    fake_.outcome.result = AdminOutcome::Result::not_found;
    CPPUNIT_ASSERT_EQUAL(404L, status("POST", "/listeners/none/pause"));
  }

  void an_unknown_path_is_404() {
    for (const char* path :
         {"//", "/x", "/metrics/", "/sessions/kill", "/sessions/x/kill", "/sessions/-1/kill", "/listeners/a/fly"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(path, 404L, status("POST", path));
  }

  void the_metrics_address_shows_nothing_else() {
    make(true);
    CPPUNIT_ASSERT_EQUAL(200L, status("GET", "/metrics"));
    CPPUNIT_ASSERT_EQUAL(200L, status("GET", "/readyz"));
    CPPUNIT_ASSERT_EQUAL(404L, status("GET", "/"));
    CPPUNIT_ASSERT_EQUAL(404L, status("GET", "/sessions"));
    CPPUNIT_ASSERT_EQUAL(404L, status("POST", "/reload"));
  }

 private:
  void make(bool metrics_only) {
    const auto enroll = [this, metrics_only](Registry& registry) {
      registry.add(HandlerType{.name = "admin", .help = "for operators", .make = [this, metrics_only](auto&&...) {
                                 return std::make_unique<AdminHandler>(fake_, AdminGuard(), metrics_only);
                               }});
    };
    server_ = std::make_unique<TestServer>(enroll, "admin");
  }

  TestMessage ask(const std::string& method, const std::string& target) {
    TestConversation peer = server_->connect();
    peer.say("", Attributes().add(":method", method).add(":path", target).add("host", "localhost"));
    return peer.receive();
  }
  long status(const std::string& method, const std::string& target) {
    return static_cast<long>(std::get<std::int64_t>(*ask(method, target).attributes.find(":status")));
  }

  FakeServer fake_;
  std::unique_ptr<TestServer> server_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(HandlerTest);

}  // namespace
}  // namespace netkit::testing
