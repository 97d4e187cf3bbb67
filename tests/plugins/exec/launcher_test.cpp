#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>

#include "config/option_value.h"
#include "exec_fixture.h"
#include "protocol.h"

namespace netkit::testing {
namespace {

/// A launcher started by the test, with any descriptor as its standard input.
pid_t start_launcher(int standard_input) {
  std::string program = std::string(std::getenv("NETKIT_BUILD")) + "/lib/netkit/netkit-launcher";
  char* arguments[] = {program.data(), nullptr};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, standard_input, STDIN_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, program.c_str(), &actions, nullptr, arguments, environ);
  ::posix_spawn_file_actions_destroy(&actions);
  CPPUNIT_ASSERT_EQUAL(0, error);
  return pid;
}

int exit_status(pid_t pid) {
  int status = -1;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// A launcher that has the test for its server.
class BareLauncher {
 public:
  BareLauncher() {
    int ends[2];
    CPPUNIT_ASSERT_EQUAL(0, ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends));
    server_ = UniqueFd(ends[0]);
    const UniqueFd theirs(ends[1]);
    pid_ = start_launcher(theirs.get());
    std::string buffer;
    CPPUNIT_ASSERT_EQUAL(sizeof(exec::Hello), exec::receive_packet(server_.get(), buffer).bytes.size());
  }

  void run(const std::string& script) {
    const std::string request = exec::encode_run(1, {{"/bin/sh", "-c", script}, {"PATH=/usr/bin:/bin"}, ""});
    const int write = pipe_.write.get();
    CPPUNIT_ASSERT_EQUAL(0, exec::send_packet(server_.get(), request, {write, write, write}));
  }

  void hang_up() { server_.reset(); }
  pid_t pid() const { return pid_; }

 private:
  UniqueFd server_;
  exec::Pipe pipe_ = exec::make_pipe();
  pid_t pid_ = -1;
};

/// The launcher as a process: shared, frugal, replaced when it dies, gone when the server is.
class LauncherTest : public ExecFixture {
  CPPUNIT_TEST_SUITE(LauncherTest);
  CPPUNIT_TEST(handlers_share_one_that_goes_with_the_last);
  CPPUNIT_TEST(many_runs_leave_nothing_behind);
  CPPUNIT_TEST(threads_get_their_own_answers);
  CPPUNIT_TEST(orphans_are_reaped);
  CPPUNIT_TEST(one_that_died_is_replaced);
  CPPUNIT_TEST(commands_of_one_that_died_are_answered_and_gone);
  CPPUNIT_TEST(signals_to_the_servers_group_do_not_end_it);
  CPPUNIT_TEST(it_ends_with_the_server_and_takes_all_commands_along);
  CPPUNIT_TEST(its_death_kills_the_commands_it_started);
  CPPUNIT_TEST(it_refuses_to_run_alone);
  CPPUNIT_TEST_SUITE_END();

 public:
  void handlers_share_one_that_goes_with_the_last() {
    serve(shell_options());
    const pid_t launcher = launcher_pid();
    Options options = shell_options();
    fill_defaults(plugin().type().options, options);
    std::unique_ptr<Handler> other = plugin().make(options);
    serve_no_more();
    RecordingResponder responder;
    other->on_message(Message{"echo $PPID", {}}, responder);
    CPPUNIT_ASSERT_EQUAL(std::to_string(launcher) + "\n", responder.answers.at(0).body);
    other.reset();
    CPPUNIT_ASSERT(::kill(launcher, 0) != 0);
  }

  void many_runs_leave_nothing_behind() {
    serve(shell_options());
    ask("true");
    const pid_t launcher = launcher_pid();
    CPPUNIT_ASSERT(wait_until([&] { return children_of(launcher).empty(); }));
    const std::size_t ours = open_descriptors(::getpid());
    const std::size_t theirs = open_descriptors(launcher);
    for (int run = 0; run < 200; ++run) {
      CPPUNIT_ASSERT_EQUAL(std::to_string(run) + "\n", ask("echo " + std::to_string(run)).body);
    }
    CPPUNIT_ASSERT(wait_until([&] { return children_of(launcher).empty(); }));
    CPPUNIT_ASSERT_EQUAL(ours, open_descriptors(::getpid()));
    CPPUNIT_ASSERT_EQUAL(theirs, open_descriptors(launcher));
    CPPUNIT_ASSERT_EQUAL(launcher, launcher_pid());
  }

  void threads_get_their_own_answers() {
    serve(shell_options());
    std::vector<std::string> wrong(16);
    std::vector<std::thread> threads;
    for (std::size_t number = 0; number < wrong.size(); ++number) {
      threads.emplace_back([&, number] {
        for (int run = 0; run < 20; ++run) {
          const std::string text = std::to_string(number) + "-" + std::to_string(run);
          RecordingResponder responder;
          handler().on_message(Message{"echo " + text + "; exit " + std::to_string(number), {}}, responder);
          const Answer& answer = responder.answers.at(0);
          if (answer.body != text + "\n" || answer.field("exit") != std::to_string(number))
            wrong[number] += answer.body;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const std::string& answers : wrong) CPPUNIT_ASSERT_EQUAL(std::string(), answers);
  }

  void orphans_are_reaped() {
    const TemporaryFolder folder;
    serve(shell_options());
    const std::string file = folder.file("pid");
    ask("setsid sh -c 'echo $$ > " + file + "; exec sleep 1000' & while ! [ -s " + file + " ]; do sleep 0.01; done");
    Survivor orphan(wait_for_pid(file));
    const pid_t launcher = launcher_pid();
    CPPUNIT_ASSERT(wait_until([&] { return children_of(launcher).size() == 1; }));
    CPPUNIT_ASSERT_EQUAL(orphan.pid(), children_of(launcher).front().pid);
    orphan.kill();
    CPPUNIT_ASSERT(wait_until([&] { return children_of(launcher).empty(); }));
  }

  void one_that_died_is_replaced() {
    serve(shell_options());
    for (int death = 0; death < 3; ++death) {
      const pid_t launcher = launcher_pid();
      ::kill(launcher, SIGKILL);
      CPPUNIT_ASSERT(wait_until([&] { return !is_running(launcher); }));
      CPPUNIT_ASSERT_EQUAL(std::string("alive\n"), ask("echo alive").body);
      CPPUNIT_ASSERT(::kill(launcher, 0) != 0);
    }
  }

  void commands_of_one_that_died_are_answered_and_gone() {
    const TemporaryFolder folder;
    serve(shell_options());
    PendingAnswer pending(handler(), "sleep 1000 & echo $! > " + folder.file("pid") + "; wait");
    const Survivor sleeper(wait_for_pid(folder.file("pid")));
    ::kill(launcher_pid(), SIGKILL);
    const std::vector<Answer>& answers = pending.wait();
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, answers.size());
    CPPUNIT_ASSERT_EQUAL(std::string("the command was lost: its launcher has ended"), answers.front().field("error"));
    CPPUNIT_ASSERT_EQUAL(std::string("126"), answers.front().field("exit"));
    CPPUNIT_ASSERT(wait_until([&] { return !is_running(sleeper.pid()); }));
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, plugin().log().count(LogLevel::error, "its launcher has ended"));
    CPPUNIT_ASSERT_EQUAL(std::string("alive\n"), ask("echo alive").body);
  }

  void signals_to_the_servers_group_do_not_end_it() {
    serve(shell_options());
    const pid_t launcher = launcher_pid();
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2}) ::kill(launcher, signal);
    CPPUNIT_ASSERT_EQUAL(std::to_string(launcher) + "\n", ask("echo $PPID").body);
  }

  void it_ends_with_the_server_and_takes_all_commands_along() {
    const TemporaryFolder folder;
    BareLauncher launcher;
    launcher.run("trap '' TERM; sleep 1000 & echo $! > " + folder.file("pid") + "; wait");
    const Survivor sleeper(wait_for_pid(folder.file("pid")));
    launcher.hang_up();
    CPPUNIT_ASSERT_EQUAL(0, exit_status(launcher.pid()));
    CPPUNIT_ASSERT(wait_until([&] { return !is_running(sleeper.pid()); }));
  }

  void its_death_kills_the_commands_it_started() {
    const TemporaryFolder folder;
    BareLauncher launcher;
    launcher.run("echo $$ > " + folder.file("pid") + "; exec sleep 1000");
    const Survivor sleeper(wait_for_pid(folder.file("pid")));
    ::kill(launcher.pid(), SIGKILL);
    exit_status(launcher.pid());
    CPPUNIT_ASSERT(wait_until([&] { return !is_running(sleeper.pid()); }));
  }

  void it_refuses_to_run_alone() {
    const exec::Pipe pipe = exec::make_pipe();
    CPPUNIT_ASSERT_EQUAL(1, exit_status(start_launcher(pipe.read.get())));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LauncherTest);

}  // namespace
}  // namespace netkit::testing
