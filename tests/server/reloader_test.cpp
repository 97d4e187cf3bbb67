#include "server/reloader.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "server/running_server.h"
#include "support/test_client.h"

namespace netkit::testing {
namespace {

class ReloaderTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ReloaderTest);
  CPPUNIT_TEST(the_outcome_has_a_line_for_each_listener);
  CPPUNIT_TEST(after_an_error_all_stays);
  CPPUNIT_TEST(the_log_follows_the_config);
  CPPUNIT_TEST_SUITE_END();

 public:
  void the_outcome_has_a_line_for_each_listener() {
    RunningServer running(RunningServer::entry("a") + "," + RunningServer::entry("b"));
    running.write(RunningServer::entry("a", "uppercase") + "," + RunningServer::entry("c"));
    const AdminOutcome outcome = running.reloader.reload();
    CPPUNIT_ASSERT(outcome.result == AdminOutcome::Result::done);
    CPPUNIT_ASSERT_EQUAL(std::string("changed a: handler\nadded c\nremoved b\nreload done"), outcome.text);
    CPPUNIT_ASSERT(running.server.listening("b").empty());
    CPPUNIT_ASSERT_EQUAL(std::string("uppercase"), running.reloader.config().listeners.at(0).handler.type);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, running.administration.facts.reloads.load());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, running.administration.facts.failed_reloads.load());
  }

  void after_an_error_all_stays() {
    RunningServer running(RunningServer::entry("a"));
    const std::int64_t before = running.administration.facts.last_reload;
    CPPUNIT_ASSERT(before > 0);
    running.write(RunningServer::entry("a", "uppercas"));
    const AdminOutcome outcome = running.reloader.reload();
    CPPUNIT_ASSERT(outcome.result == AdminOutcome::Result::failed);
    CPPUNIT_ASSERT(outcome.text.find("uppercas") != std::string::npos);
    CPPUNIT_ASSERT(outcome.text.ends_with("\nreload failed, the running config stays"));
    CPPUNIT_ASSERT_EQUAL(std::string("echo"), running.reloader.config().listeners.at(0).handler.type);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, running.administration.facts.failed_reloads.load());
    CPPUNIT_ASSERT_EQUAL(before, running.administration.facts.last_reload.load());
  }

  void the_log_follows_the_config() {
    RunningServer running(RunningServer::entry("a"));
    LogConfig quiet = running.reloader.config().log;
    quiet.level = LogLevel::error;
    running.log.follow(quiet);
    CPPUNIT_ASSERT(!running.log.writes(LogLevel::info));
    running.reloader.reload();
    CPPUNIT_ASSERT(running.log.writes(LogLevel::info));
    CPPUNIT_ASSERT(eventually([&] { return running.logged("reload done"); }));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ReloaderTest);

}  // namespace
}  // namespace netkit::testing
