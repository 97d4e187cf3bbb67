#include <csignal>
#include <set>

#include "exec_fixture.h"

namespace netkit::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// How commands end, by themselves or not.
class EndingTest : public ExecFixture {
  CPPUNIT_TEST_SUITE(EndingTest);
  CPPUNIT_TEST(every_signal_is_reported);
  CPPUNIT_TEST(a_stopped_command_is_ended_by_the_timeout);
  CPPUNIT_TEST(the_timeout_asks_first);
  CPPUNIT_TEST(the_timeout_kills_what_does_not_listen);
  CPPUNIT_TEST(the_timeout_reaches_the_whole_group);
  CPPUNIT_TEST(the_first_process_is_killed_even_in_another_group);
  CPPUNIT_TEST(what_runs_on_in_the_background_is_killed);
  CPPUNIT_TEST(what_left_the_group_is_killed_and_does_not_delay_the_answer);
  CPPUNIT_TEST(a_flood_from_outside_of_the_group_does_not_delay_the_answer);
  CPPUNIT_TEST(daemons_are_killed_however_they_forked_away);
  CPPUNIT_TEST(what_the_timeout_did_not_reach_is_killed);
  CPPUNIT_TEST(a_command_that_kills_its_own_group_is_reported_as_killed);
  CPPUNIT_TEST(a_cancelled_command_is_killed_and_not_answered);
  CPPUNIT_TEST(a_command_cancelled_before_it_starts_is_not_run);
  CPPUNIT_TEST_SUITE_END();

 public:
  void every_signal_is_reported() {
    const std::set<int> stopping = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
    const std::set<int> harmless = {SIGCHLD, SIGCONT, SIGURG, SIGWINCH};
    serve(shell_options());
    for (int number = 1; number <= 31; ++number) {
      if (stopping.contains(number)) continue;
      const Answer answer = ask("ulimit -c 0; kill -" + std::to_string(number) + " $$; exit 5");
      const bool survives = harmless.contains(number);
      CPPUNIT_ASSERT_EQUAL(survives ? std::string() : std::to_string(number), answer.attribute("signal"));
      CPPUNIT_ASSERT_EQUAL(std::string(survives ? "5" : ""), answer.attribute("exit"));
      CPPUNIT_ASSERT_EQUAL(std::string(), answer.attribute("timed_out"));
    }
  }

  void a_stopped_command_is_ended_by_the_timeout() {
    serve(shell_with_times(milliseconds(200), seconds(100)));
    expect_timed_out(ask("echo before; kill -STOP $$; echo after"), "before\n", SIGTERM);
  }

  void the_timeout_asks_first() {
    Options options = shell_with_times(seconds(2), seconds(100));
    options.set("output", std::string("stdout"));  // the shell says "Terminated" on the other
    serve(options);
    const Answer answer = ask("trap 'echo bye; exit 3' TERM; echo hello; while :; do sleep 0.05; done");
    CPPUNIT_ASSERT_EQUAL(std::string("hello\nbye\n"), answer.body);
    CPPUNIT_ASSERT_EQUAL(std::string("3"), answer.attribute("exit"));
    CPPUNIT_ASSERT_EQUAL(std::string("true"), answer.attribute("timed_out"));
  }

  void the_timeout_kills_what_does_not_listen() {
    serve(shell_with_times(seconds(2), milliseconds(100)));
    expect_timed_out(ask("trap '' TERM; echo hello; while :; do sleep 100; done"), "hello\n", SIGKILL);
  }

  void the_timeout_reaches_the_whole_group() {
    const TemporaryFolder folder;
    serve(shell_with_times(seconds(2), seconds(100)));
    expect_timed_out(ask("sh -c 'echo $$ > " + folder.file("pid") + "; sleep 100; :' | cat; :"), "", SIGTERM);
    expect_gone(folder.file("pid"));
  }

  void the_first_process_is_killed_even_in_another_group() {
    // It joins the launcher's group, which must not be signalled.
    Options options = command_options(
        "escape",
        {"/usr/bin/perl", "-e", "setpgrp(0, getpgrp(getppid())) or die $!; $| = 1; print 'out'; sleep 100 while 1"});
    options.set("timeout", std::chrono::nanoseconds(seconds(1)));
    serve(options);
    expect_timed_out(ask("escape"), "out", SIGTERM);
    CPPUNIT_ASSERT(launcher_pid() != 0);
  }

  void what_runs_on_in_the_background_is_killed() {
    const Answer answer = ask_shell("sleep 1000 & echo $!");
    CPPUNIT_ASSERT_EQUAL(std::string("0"), answer.attribute("exit"));
    const pid_t sleeper = std::stoi(answer.body);
    CPPUNIT_ASSERT(wait_until([&] { return !is_running(sleeper); }));
  }

  void what_left_the_group_is_killed_and_does_not_delay_the_answer() {
    const TemporaryFolder folder;
    serve(shell_options());
    const Answer answer = ask(leave_group("exec sleep 1000", folder) + "; echo done");
    CPPUNIT_ASSERT(!is_running(wait_for_pid(folder.file("pid"))));
    CPPUNIT_ASSERT_EQUAL(std::string("done\n"), answer.body);
    CPPUNIT_ASSERT_EQUAL(std::string("0"), answer.attribute("exit"));
    CPPUNIT_ASSERT_EQUAL(std::string(), answer.attribute("timed_out"));
  }

  /// Forked twice, in a session of its own, its parents gone, deaf to signals, and making more of its kind.
  void daemons_are_killed_however_they_forked_away() {
    serve(shell_options());
    const Answer answer = ask(
        "for i in 1 2 3; do (setsid sh -c \"trap '' TERM HUP INT; (sleep 1000 & sleep 1000) & sleep 1000\" &) ; done; "
        "sleep 0.1; echo done");
    CPPUNIT_ASSERT_EQUAL(std::string("done\n"), answer.body);
    CPPUNIT_ASSERT(supervisors_rest());
  }

  void what_the_timeout_did_not_reach_is_killed() {
    const TemporaryFolder folder;
    serve(shell_with_times(seconds(2), seconds(100)));
    expect_timed_out(ask(leave_group("trap : TERM; sleep 1000", folder) + "; exec sleep 1000"), "", SIGTERM);
    CPPUNIT_ASSERT(!is_running(wait_for_pid(folder.file("pid"))));
  }

  void a_command_that_kills_its_own_group_is_reported_as_killed() {
    const Answer answer = ask_shell("setsid sleep 1000 & kill -9 0");
    CPPUNIT_ASSERT_EQUAL(std::string("9"), answer.attribute("signal"));
    CPPUNIT_ASSERT(supervisors_rest());
  }

  void a_flood_from_outside_of_the_group_does_not_delay_the_answer() {
    const TemporaryFolder folder;
    serve(shell_options());
    const Answer answer = ask(leave_group("exec yes", folder) + "; exit 4");
    CPPUNIT_ASSERT(!is_running(wait_for_pid(folder.file("pid"))));
    CPPUNIT_ASSERT_EQUAL(std::string(), answer.attribute("timed_out"));
  }

  void a_cancelled_command_is_killed_and_not_answered() {
    const TemporaryFolder folder;
    serve(shell_options());
    PendingAnswer pending(handler(), "trap '' TERM; echo $$ > " + folder.file("pid") + "; while :; do sleep 100; done");
    const pid_t pid = wait_for_pid(folder.file("pid"));
    pending.stop();
    CPPUNIT_ASSERT(pending.wait().empty());
    CPPUNIT_ASSERT(!is_running(pid));
  }

  void a_command_cancelled_before_it_starts_is_not_run() {
    serve(shell_options());
    const pid_t launcher = launcher_pid();
    ::kill(launcher, SIGKILL);
    CPPUNIT_ASSERT(wait_until([&] { return !is_running(launcher); }));
    RecordingResponder responder;
    responder.stop.request_stop();
    handler().on_message(Message{"true", {}}, responder);
    CPPUNIT_ASSERT(responder.answers.empty());
    CPPUNIT_ASSERT_EQUAL(pid_t{0}, launcher_pid());  // any command would have brought a new one
  }

 private:
  static Options shell_with_times(std::chrono::nanoseconds timeout, std::chrono::nanoseconds grace) {
    Options options = shell_options();
    options.set("timeout", timeout);
    options.set("grace", grace);
    return options;
  }

  /// A process in a session of its own, which holds the command's output open; waits until it is there.
  static std::string leave_group(const std::string& command, const TemporaryFolder& folder) {
    const std::string pid = folder.file("pid");
    return "setsid sh -c 'echo $$ > " + pid + "; " + command + "' & while ! [ -s " + pid + " ]; do sleep 0.01; done";
  }

  static void expect_timed_out(const Answer& answer, const std::string& output, int signal) {
    CPPUNIT_ASSERT_EQUAL(output, answer.body);
    CPPUNIT_ASSERT_EQUAL(std::string("true"), answer.attribute("timed_out"));
    CPPUNIT_ASSERT_EQUAL(std::to_string(signal), answer.attribute("signal"));
    CPPUNIT_ASSERT_EQUAL(std::string(), answer.attribute("exit"));
  }

  static void expect_gone(const std::string& pid_file) {
    const pid_t pid = wait_for_pid(pid_file);
    CPPUNIT_ASSERT(wait_until([&] { return !is_running(pid); }));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(EndingTest);

}  // namespace
}  // namespace netkit::testing
