#include "server/operator_commands.h"

#include <cppunit/extensions/HelperMacros.h>
#include <poll.h>

#include <optional>
#include <string>

#include "server/running_server.h"

namespace netkit::testing {
namespace {

using Action = AdminCommand::Action;
using Result = AdminOutcome::Result;

class OperatorCommandsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(OperatorCommandsTest);
  CPPUNIT_TEST(a_command_waits_for_the_main_thread);
  CPPUNIT_TEST(a_listener_is_paused_and_goes_on);
  CPPUNIT_TEST(a_listener_that_is_not_there_is_not_found);
  CPPUNIT_TEST(the_log_has_another_level);
  CPPUNIT_TEST(nothing_is_reloaded_while_a_new_server_starts);
  CPPUNIT_TEST(nor_by_a_server_that_ends);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_command_waits_for_the_main_thread() {
    std::optional<AdminOutcome> outcome;
    push({Action::reload}, outcome);
    CPPUNIT_ASSERT(!outcome);
    pollfd waiting{commands_.descriptor(), POLLIN, 0};
    CPPUNIT_ASSERT_EQUAL(1, ::poll(&waiting, 1, 60'000));
    commands_.act();
    CPPUNIT_ASSERT(outcome);
    CPPUNIT_ASSERT_EQUAL(std::string("unchanged a\nreload done"), outcome->text);
  }

  void a_listener_is_paused_and_goes_on() {
    CPPUNIT_ASSERT_EQUAL(std::string("listener a is paused"), act({Action::pause, "a"}).text);
    CPPUNIT_ASSERT(paused());
    CPPUNIT_ASSERT_EQUAL(std::string("listener a accepts again"), act({Action::resume, "a"}).text);
    CPPUNIT_ASSERT(!paused());
    CPPUNIT_ASSERT_EQUAL(std::string("listener a drains and is paused"), act({Action::drain, "a"}).text);
    CPPUNIT_ASSERT(paused());
  }

  void a_listener_that_is_not_there_is_not_found() {
    for (const Action action : {Action::pause, Action::resume, Action::drain}) {
      const AdminOutcome outcome = act({action, "b"});
      CPPUNIT_ASSERT(outcome.result == Result::not_found);
      CPPUNIT_ASSERT_EQUAL(std::string("there is no listener 'b'"), outcome.text);
    }
  }

  void the_log_has_another_level() {
    CPPUNIT_ASSERT(act({Action::log_level, "error"}).result == Result::done);
    CPPUNIT_ASSERT(!running_.log.writes(LogLevel::warning));
    const AdminOutcome outcome = act({Action::log_level, "loud"});
    CPPUNIT_ASSERT(outcome.result == Result::failed);
    CPPUNIT_ASSERT_EQUAL(std::string("found level 'loud', expected debug, info, warning or error"), outcome.text);
    CPPUNIT_ASSERT(!running_.log.writes(LogLevel::warning));
  }

  void nothing_is_reloaded_while_a_new_server_starts() {
    upgrade_.begin(running_.server.ports());
    CPPUNIT_ASSERT_EQUAL(std::string("a new server starts"), act({Action::reload}).text);
    upgrade_.end();
    CPPUNIT_ASSERT(act({Action::reload}).result == Result::done);
  }

  void nor_by_a_server_that_ends() {
    running_.administration.facts.ready = false;
    CPPUNIT_ASSERT_EQUAL(std::string("the server ends"), act({Action::reload}).text);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, running_.administration.facts.reloads.load());
  }

 private:
  void push(AdminCommand command, std::optional<AdminOutcome>& outcome) {
    running_.administration.commands.push(
        {std::move(command), [&outcome](AdminOutcome one) { outcome = std::move(one); }});
  }
  AdminOutcome act(AdminCommand command) {
    std::optional<AdminOutcome> outcome;
    push(std::move(command), outcome);
    commands_.act();
    CPPUNIT_ASSERT(outcome);
    return *outcome;
  }
  bool paused() const { return running_.server.directory().get()->at(0).paused; }

  RunningServer running_{RunningServer::entry("a")};
  Upgrade upgrade_{{"/bin/sleep", {"sleep", "3600"}}, running_.log};
  OperatorCommands commands_{running_.administration, running_.server, running_.reloader, upgrade_, running_.log};
};
CPPUNIT_TEST_SUITE_REGISTRATION(OperatorCommandsTest);

}  // namespace
}  // namespace netkit::testing
