#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "config/values/option_value.h"
#include "exec_fixture.h"
#include "programs/protocol.h"

namespace netkit::testing {
namespace {

/// A launcher started by the test, with any descriptor as its standard input.
pid_t start_launcher(int standard_input, std::vector<std::string> words = {}) {
  std::string program = std::string(std::getenv("NETKIT_BUILD")) + "/lib/netkit/netkit-launcher";
  std::vector<char*> arguments = {program.data()};
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, standard_input, STDIN_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, program.c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  CPPUNIT_ASSERT_EQUAL(0, error);
  return pid;
}

int exit_status(pid_t pid) {
  int status = -1;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

struct SocketPair {
  SocketPair() {
    int ends[2];
    CPPUNIT_ASSERT_EQUAL(0, ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends));
    ours = UniqueFd(ends[0]);
    theirs = UniqueFd(ends[1]);
  }
  UniqueFd ours;
  UniqueFd theirs;
};

/// A launcher and one supervisor that have the test for their server.
class BareLauncher {
 public:
  BareLauncher() {
    pid_ = start_launcher(server_.theirs.get());
    server_.theirs.reset();
    CPPUNIT_ASSERT(programs::await_hello(server_.ours.get()) == nullptr);
    const std::string request = programs::encode_request(programs::RequestKind::supervise, 1);
    CPPUNIT_ASSERT_EQUAL(0, programs::send_packet(server_.ours.get(), request, {supervisor_.theirs.get()}));
    supervisor_.theirs.reset();
    CPPUNIT_ASSERT(programs::await_hello(supervisor_.ours.get()) == nullptr);
  }

  void run(const std::string& script) {
    const std::string request = programs::encode_run(2, {{"/bin/sh", "-c", script}, {"PATH=/usr/bin:/bin"}, "", {}});
    const int write = pipe_.write.get();
    CPPUNIT_ASSERT_EQUAL(0, programs::send_packet(supervisor_.ours.get(), request, {write, write}));
  }

  void hang_up() { server_.ours.reset(); }
  void hang_up_on_the_supervisor() { supervisor_.ours.reset(); }
  pid_t pid() const { return pid_; }

 private:
  SocketPair server_;
  SocketPair supervisor_;
  programs::Pipe pipe_ = programs::make_pipe();
  pid_t pid_ = -1;
};

/// The launcher as a process: shared, frugal, replaced when it dies, gone when the server is.
class LauncherTest : public ExecFixture {
  CPPUNIT_TEST_SUITE(LauncherTest);
  CPPUNIT_TEST(handlers_share_one_that_goes_with_the_last);
  CPPUNIT_TEST(many_runs_leave_nothing_behind);
  CPPUNIT_TEST(threads_get_their_own_answers);
  CPPUNIT_TEST(one_that_died_is_replaced);
  CPPUNIT_TEST(a_supervisor_that_died_is_replaced);
  CPPUNIT_TEST(a_command_whose_supervisor_died_is_answered_and_gone);
  CPPUNIT_TEST(a_supervisor_that_does_not_listen_is_discarded);
  CPPUNIT_TEST(signals_to_the_servers_group_do_not_end_it);
  CPPUNIT_TEST(it_ends_with_the_server_and_takes_all_commands_along);
  CPPUNIT_TEST(a_supervisor_ends_with_its_socket_and_takes_its_command_along);
  CPPUNIT_TEST(the_death_of_all_of_it_kills_the_command);
  CPPUNIT_TEST(the_command_line_is_checked);
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
    other->on_message(Message{"cut -d' ' -f4 /proc/$PPID/stat", {}}, responder);
    CPPUNIT_ASSERT(responder.await());
    CPPUNIT_ASSERT_EQUAL(std::to_string(launcher) + "\n", responder.answers.at(0).body);
    other.reset();
    CPPUNIT_ASSERT(::kill(launcher, 0) != 0);
  }

  void many_runs_leave_nothing_behind() {
    serve(shell_options());
    ask("true");
    const pid_t launcher = launcher_pid();
    const std::size_t ours = open_descriptors(::getpid());
    const std::size_t theirs = open_descriptors(launcher);
    const pid_t supervisor = children_of(launcher).at(0).pid;
    const std::size_t its = open_descriptors(supervisor);
    for (int run = 0; run < 200; ++run) {
      CPPUNIT_ASSERT_EQUAL(std::to_string(run) + "\n", ask("echo " + std::to_string(run)).body);
    }
    CPPUNIT_ASSERT(supervisors_rest());
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, children_of(launcher).size());
    // The last command's pipes are let go of a moment behind its answer.
    CPPUNIT_ASSERT(wait_until([&] { return ours == open_descriptors(::getpid()); }));
    CPPUNIT_ASSERT(wait_until([&] { return theirs == open_descriptors(launcher); }));
    CPPUNIT_ASSERT(wait_until([&] { return its == open_descriptors(supervisor); }));
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
          responder.await();
          const Answer& answer = responder.answers.at(0);
          if (answer.body != text + "\n" || answer.attribute("exit") != std::to_string(number))
            wrong[number] += answer.body;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const std::string& answers : wrong) CPPUNIT_ASSERT_EQUAL(std::string(), answers);
  }

  /// The supervisor that waits serves on without it; the second command at once needs a new one, and so a launcher.
  void one_that_died_is_replaced() {
    serve(shell_options());
    for (int death = 0; death < 3; ++death) {
      const pid_t launcher = launcher_pid();
      ::kill(launcher, SIGKILL);
      CPPUNIT_ASSERT(wait_until([&] { return !is_running(launcher); }));
      CPPUNIT_ASSERT_EQUAL(std::string("alive\n"), ask("echo alive").body);
      const TemporaryFolder folder;
      std::vector<std::unique_ptr<PendingAnswer>> pending;
      for (int command = 0; command <= death + 1; ++command) {
        const std::string file = folder.file("pid" + std::to_string(command));
        pending.push_back(std::make_unique<PendingAnswer>(handler(), "echo $$ > " + file + "; sleep 1000"));
        wait_for_pid(file);
      }
      CPPUNIT_ASSERT(launcher_pid() != 0 && launcher_pid() != launcher);
      CPPUNIT_ASSERT(::kill(launcher, 0) != 0);
    }
  }

  void a_supervisor_that_died_is_replaced() {
    serve(shell_options());
    CPPUNIT_ASSERT_EQUAL(std::string("alive\n"), ask("echo alive").body);
    const pid_t supervisor = children_of(launcher_pid()).at(0).pid;
    ::kill(supervisor, SIGKILL);
    CPPUNIT_ASSERT(wait_until([&] { return ::kill(supervisor, 0) != 0; }));
    CPPUNIT_ASSERT_EQUAL(std::string("alive\n"), ask("echo alive").body);
  }

  void a_command_whose_supervisor_died_is_answered_and_gone() {
    const TemporaryFolder folder;
    serve(shell_options());
    PendingAnswer pending(handler(), "setsid sleep 1000 & echo $! > " + folder.file("pid") + "; wait");
    const Survivor sleeper(wait_for_pid(folder.file("pid")));
    for (const Process& supervisor : children_of(launcher_pid())) ::kill(supervisor.pid, SIGKILL);
    const std::vector<Answer>& answers = pending.wait();
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, answers.size());
    CPPUNIT_ASSERT_EQUAL(std::string("the command was lost: its supervisor has ended"),
                         answers.front().attribute("error"));
    CPPUNIT_ASSERT_EQUAL(std::string("126"), answers.front().attribute("exit"));
    CPPUNIT_ASSERT(wait_until([&] { return !is_running(sleeper.pid()); }));
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, plugin().log().count(LogLevel::error, "its supervisor has ended"));
    CPPUNIT_ASSERT_EQUAL(std::string("alive\n"), ask("echo alive").body);
  }

  /// A hostile command of the same user may stop it.
  void a_supervisor_that_does_not_listen_is_discarded() {
    const TemporaryFolder folder;
    Options options = shell_options();
    options.set("timeout", std::chrono::nanoseconds(std::chrono::milliseconds(100)));
    options.set("grace", std::chrono::nanoseconds(0));
    serve(options);
    const Answer answer = ask("setsid sleep 1000 & echo $! > " + folder.file("pid") + "; kill -STOP $PPID; sleep 1000");
    const Survivor sleeper(wait_for_pid(folder.file("pid")));
    CPPUNIT_ASSERT_EQUAL(std::string("the command was killed but does not end"), answer.attribute("error"));
    CPPUNIT_ASSERT(wait_until([&] { return !is_running(sleeper.pid()); }));
    CPPUNIT_ASSERT(wait_until([&] { return children_of(launcher_pid()).empty(); }));
    CPPUNIT_ASSERT_EQUAL(std::string("alive\n"), ask("echo alive").body);
  }

  void signals_to_the_servers_group_do_not_end_it() {
    serve(shell_options());
    const std::string supervisor = ask("echo $PPID").body;
    for (const pid_t process : {launcher_pid(), static_cast<pid_t>(std::stoi(supervisor))}) {
      for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2}) ::kill(process, signal);
    }
    CPPUNIT_ASSERT_EQUAL(supervisor, ask("echo $PPID").body);
  }

  void it_ends_with_the_server_and_takes_all_commands_along() {
    const TemporaryFolder folder;
    BareLauncher launcher;
    launcher.run("trap '' TERM; setsid sleep 1000 & echo $! > " + folder.file("pid") + "; wait");
    const Survivor sleeper(wait_for_pid(folder.file("pid")));
    launcher.hang_up_on_the_supervisor();
    launcher.hang_up();
    CPPUNIT_ASSERT_EQUAL(0, exit_status(launcher.pid()));
    CPPUNIT_ASSERT(!is_running(sleeper.pid()));
  }

  void a_supervisor_ends_with_its_socket_and_takes_its_command_along() {
    const TemporaryFolder folder;
    BareLauncher launcher;
    launcher.run("trap '' TERM; setsid sleep 1000 & echo $! > " + folder.file("pid") + "; wait");
    const Survivor sleeper(wait_for_pid(folder.file("pid")));
    launcher.hang_up_on_the_supervisor();
    CPPUNIT_ASSERT(wait_until([&] { return children_of(launcher.pid()).empty(); }));
    CPPUNIT_ASSERT(!is_running(sleeper.pid()));
    launcher.hang_up();
    CPPUNIT_ASSERT_EQUAL(0, exit_status(launcher.pid()));
  }

  void the_death_of_all_of_it_kills_the_command() {
    const TemporaryFolder folder;
    BareLauncher launcher;
    launcher.run("echo $$ > " + folder.file("pid") + "; exec sleep 1000");
    const Survivor sleeper(wait_for_pid(folder.file("pid")));
    const pid_t supervisor = parent_of(sleeper.pid());
    ::kill(launcher.pid(), SIGKILL);
    ::kill(supervisor, SIGKILL);
    exit_status(launcher.pid());
    CPPUNIT_ASSERT(wait_until([&] { return !is_running(sleeper.pid()); }));
  }

  void the_command_line_is_checked() {
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"become"}, {"become", "x", "0"}, {"run-as", "0", ""}, {"run-as", "-1", "0"}}) {
      const SocketPair sockets;
      CPPUNIT_ASSERT_EQUAL(1, exit_status(start_launcher(sockets.theirs.get(), arguments)));
    }
  }

  void it_refuses_to_run_alone() {
    const programs::Pipe pipe = programs::make_pipe();
    CPPUNIT_ASSERT_EQUAL(1, exit_status(start_launcher(pipe.read.get())));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LauncherTest);

}  // namespace
}  // namespace netkit::testing
