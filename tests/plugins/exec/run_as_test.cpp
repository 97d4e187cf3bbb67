#include <unistd.h>

#include "exec_fixture.h"
#include "netkit/account.h"

namespace netkit::testing {
namespace {

/// Commands of another user than the server's. Only root can run them.
class RunAsTest : public ExecFixture {
  CPPUNIT_TEST_SUITE(RunAsTest);
  if (::geteuid() == 0) {
    CPPUNIT_TEST(a_command_runs_as_the_user_and_in_its_group_alone);
    CPPUNIT_TEST(a_group_can_be_had_without_a_user);
    CPPUNIT_TEST(home_and_name_are_the_users);
    CPPUNIT_TEST(the_folder_is_entered_as_the_user);
    CPPUNIT_TEST(a_command_of_another_user_cannot_touch_its_supervisor);
    CPPUNIT_TEST(the_launcher_keeps_only_what_it_needs);
    CPPUNIT_TEST(a_fork_bomb_meets_its_limit_and_is_gone_afterwards);
    CPPUNIT_TEST(a_launcher_for_a_server_that_gives_up_root_gives_it_up_too);
  } else {
    CPPUNIT_TEST(it_is_refused_without_root);
  }
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_command_runs_as_the_user_and_in_its_group_alone() {
    serve(options_for("daemon", ""));
    CPPUNIT_ASSERT_EQUAL(std::string("daemon daemon daemon\n"), ask("echo $(id -un) $(id -gn) $(id -Gn)").body);
    serve(options_for("daemon", "mail"));
    CPPUNIT_ASSERT_EQUAL(std::string("daemon mail mail\n"), ask("echo $(id -un) $(id -gn) $(id -Gn)").body);
    CPPUNIT_ASSERT_EQUAL(std::string("CapEff:\t0000000000000000\n"), ask("grep CapEff /proc/self/status").body);
    CPPUNIT_ASSERT_EQUAL(std::string("Uid:\t1\t1\t1\t1\n"), ask("grep Uid /proc/self/status").body);
  }

  void a_group_can_be_had_without_a_user() {
    serve(options_for("", "mail"));
    CPPUNIT_ASSERT_EQUAL(std::string("0 mail\n"), ask("echo $(id -u) $(id -Gn)").body);
  }

  void home_and_name_are_the_users() {
    serve(options_for("daemon", ""));
    CPPUNIT_ASSERT_EQUAL(std::string("/usr/sbin daemon\n"), ask("echo $HOME $USER").body);
  }

  void the_folder_is_entered_as_the_user() {
    const TemporaryFolder folder;  // root's alone
    Options options = options_for("nobody", "");
    options.set("directory", folder.path());
    serve(options);
    CPPUNIT_ASSERT_EQUAL("cannot enter folder '" + folder.path() + "': Permission denied",
                         ask("pwd").attribute("error"));
  }

  void a_command_of_another_user_cannot_touch_its_supervisor() {
    serve(options_for("nobody", ""));
    const Answer answer = ask("setsid sleep 1000 & kill -9 $PPID; kill -STOP $PPID; kill -9 -1; echo not reached");
    CPPUNIT_ASSERT_EQUAL(std::string(), answer.attribute("error"));
    CPPUNIT_ASSERT_EQUAL(std::string(), answer.attribute("timed_out"));
    CPPUNIT_ASSERT(supervisors_rest());
    CPPUNIT_ASSERT_EQUAL(std::string("alive\n"), ask("echo alive").body);
  }

  void the_launcher_keeps_only_what_it_needs() {
    serve(options_for("nobody", ""));
    const std::string status = read_file("/proc/" + std::to_string(launcher_pid()) + "/status");
    CPPUNIT_ASSERT(status.find("CapEff:\t00000000000000e0\n") != std::string::npos);  // KILL, SETGID, SETUID
    CPPUNIT_ASSERT(status.find("CapPrm:\t00000000000000e0\n") != std::string::npos);
  }

  void a_fork_bomb_meets_its_limit_and_is_gone_afterwards() {
    Options options = options_for("nobody", "");
    options.set("max_processes", std::int64_t{60});
    options.set("timeout", std::chrono::nanoseconds(std::chrono::seconds(1)));
    options.set("grace", std::chrono::nanoseconds(0));
    serve(options);
    ask("bomb() { bomb | bomb & }; bomb; setsid sh -c 'bomb() { bomb | bomb & }; bomb; bomb; sleep 100'");
    CPPUNIT_ASSERT(supervisors_rest());
    CPPUNIT_ASSERT_EQUAL(std::string("alive\n"), ask("echo alive").body);
  }

  void a_launcher_for_a_server_that_gives_up_root_gives_it_up_too() {
    serve(shell_options(), find_account("nobody")->identity);
    const std::string status = read_file("/proc/" + std::to_string(launcher_pid()) + "/status");
    CPPUNIT_ASSERT(status.find("Uid:\t65534\t65534\t65534\t65534\n") != std::string::npos);
    CPPUNIT_ASSERT(status.find("CapPrm:\t0000000000000000\n") != std::string::npos);
    CPPUNIT_ASSERT_EQUAL(std::string("nobody nogroup nobody\n"), ask("echo $(id -un) $(id -Gn) $USER").body);
    // A user of its own for commands needs root to the end, which the launcher keeps.
    serve(options_for("daemon", ""), find_account("nobody")->identity);
    CPPUNIT_ASSERT_EQUAL(std::string("daemon\n"), ask("id -un").body);
  }

  void it_is_refused_without_root() {
    try {
      serve(options_for("root", ""));
    } catch (const OptionError& error) {
      CPPUNIT_ASSERT_EQUAL(std::string("user"), error.option());
      return;
    }
    CPPUNIT_FAIL("not refused");
  }

 private:
  static Options options_for(const std::string& user, const std::string& group) {
    Options options = shell_options();
    if (!user.empty()) options.set("user", user);
    if (!group.empty()) options.set("group", group);
    return options;
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RunAsTest);

}  // namespace
}  // namespace netkit::testing
