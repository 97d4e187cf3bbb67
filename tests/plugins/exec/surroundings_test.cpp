#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "exec_fixture.h"

namespace netkit::testing {
namespace {

/// What a command finds itself in.
class SurroundingsTest : public ExecFixture {
  CPPUNIT_TEST_SUITE(SurroundingsTest);
  CPPUNIT_TEST(only_the_standard_streams_are_open);
  CPPUNIT_TEST(standard_input_is_empty);
  CPPUNIT_TEST(no_signal_is_blocked_ignored_or_caught);
  CPPUNIT_TEST(it_leads_a_group_of_its_own_and_has_no_terminal);
  CPPUNIT_TEST(the_environment_is_the_short_list);
  CPPUNIT_TEST(the_environment_can_be_added_to);
  CPPUNIT_TEST(there_is_always_a_path);
  CPPUNIT_TEST(the_folder_is_the_servers_unless_set);
  CPPUNIT_TEST_SUITE_END();

 public:
  void only_the_standard_streams_are_open() {
    const int inheritable = ::dup2(STDERR_FILENO, 57);
    serve(shell_options());
    const int also_inheritable = ::dup2(STDERR_FILENO, 58);
    const Answer answer = ask("for i in $(seq 0 255); do [ -L /proc/$$/fd/$i ] && echo $i; done; true");
    ::close(inheritable);
    ::close(also_inheritable);
    CPPUNIT_ASSERT_EQUAL(std::string("0\n1\n2\n"), answer.body);
  }

  void standard_input_is_empty() {
    CPPUNIT_ASSERT_EQUAL(std::string("/dev/null\n0\n"), ask_shell("readlink /proc/$$/fd/0; wc -c").body);
  }

  void no_signal_is_blocked_ignored_or_caught() {
    // The launcher is started, and the command asked for, by threads that block and ignore what they can.
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &before);
    const auto old = std::signal(SIGUSR1, SIG_IGN);
    serve(command_options("status", {"/bin/cat", "/proc/self/status"}));
    const Answer answer = ask("status");
    std::signal(SIGUSR1, old);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    const std::string none = ":\t0000000000000000\n";
    const std::size_t masks = answer.body.find("SigBlk");
    CPPUNIT_ASSERT_EQUAL("SigBlk" + none + "SigIgn" + none + "SigCgt" + none,
                         answer.body.substr(masks, answer.body.find("CapInh") - masks));
  }

  void it_leads_a_group_of_its_own_and_has_no_terminal() {
    const Answer answer = ask_shell(
        "read pid name state parent group session tty rest < /proc/$$/stat; "
        "echo $pid $parent $group $session $tty");
    std::istringstream numbers(answer.body);
    pid_t pid = 0, parent = 0, group = 0, session = 0, terminal = -1;
    numbers >> pid >> parent >> group >> session >> terminal;
    CPPUNIT_ASSERT_EQUAL(launcher_pid(), parent_of(parent));
    CPPUNIT_ASSERT_EQUAL(pid, group);
    CPPUNIT_ASSERT_EQUAL(launcher_pid(), session);
    CPPUNIT_ASSERT_EQUAL(pid_t{0}, terminal);
  }

  void the_environment_is_the_short_list() {
    ::setenv("NETKIT_TEST_SECRET", "x", 1);
    ::setenv("LC_TIME", "C", 1);
    ::setenv("TZ", "UTC", 1);
    serve(command_options("env", {"/usr/bin/env"}));
    const Answer answer = ask("env");
    ::unsetenv("NETKIT_TEST_SECRET");
    std::istringstream lines(answer.body);
    for (std::string line; std::getline(lines, line);) {
      const std::string name = line.substr(0, line.find('='));
      const bool expected = name == "PATH" || name == "HOME" || name == "LANG" || name == "TZ" || name == "USER" ||
                            name.starts_with("LC_");
      CPPUNIT_ASSERT_MESSAGE(line, expected);
    }
    CPPUNIT_ASSERT(answer.body.find("LC_TIME=C\n") != std::string::npos);
    CPPUNIT_ASSERT(answer.body.find("TZ=UTC\n") != std::string::npos);
  }

  void the_environment_can_be_added_to() {
    ::setenv("NETKIT_TEST_PASSED", "passed on", 1);
    Options options = shell_options();
    options.set("env",
                std::vector<std::string>{"NETKIT_TEST_PASSED", "SET=a=b", "EMPTY=", "NETKIT_TEST_UNSET", "TZ=XYZ"});
    serve(options);
    ::unsetenv("NETKIT_TEST_PASSED");
    const Answer answer = ask("echo $NETKIT_TEST_PASSED,$SET,${EMPTY-unset},${NETKIT_TEST_UNSET-unset},$TZ");
    CPPUNIT_ASSERT_EQUAL(std::string("passed on,a=b,,unset,XYZ\n"), answer.body);
  }

  void there_is_always_a_path() {
    const std::string path = std::getenv("PATH");
    ::unsetenv("PATH");
    serve(command_options("env", {"env"}));
    ::setenv("PATH", path.c_str(), 1);
    CPPUNIT_ASSERT(ask("env").body.find("PATH=/usr/local/bin:/usr/bin:/bin\n") != std::string::npos);
  }

  void the_folder_is_the_servers_unless_set() {
    const TemporaryFolder folder;
    CPPUNIT_ASSERT_EQUAL(std::filesystem::current_path().string() + "\n", ask_shell("pwd -P").body);
    Options options = shell_options();
    options.set("directory", folder.path());
    serve(options);
    CPPUNIT_ASSERT_EQUAL(folder.path() + "\n", ask("pwd -P").body);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SurroundingsTest);

}  // namespace
}  // namespace netkit::testing
