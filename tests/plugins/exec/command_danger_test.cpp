#include "programs/danger/command_danger.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <vector>

namespace netkit::programs {
namespace {

using Words = std::vector<std::string>;

class CommandDangerTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CommandDangerTest);
  CPPUNIT_TEST(the_next_word_is_the_program);
  CPPUNIT_TEST(the_program_is_given);
  CPPUNIT_TEST(the_text_names_the_command);
  CPPUNIT_TEST(programs_that_run_their_input);
  CPPUNIT_TEST_SUITE_END();

  static std::string text_of(const Words& words) {
    std::string text;
    for (const std::string& word : words) text += word + " ";
    return text;
  }

  void the_next_word_is_the_program() {
    const std::vector<Words> open{
        {"sh"},
        {"sh", "-c"},
        {"/bin/bash", "-lc"},
        {"bash", "-o", "pipefail"},
        {"python3", "-c"},
        {"/usr/bin/python3.11", "-I", "-m"},
        {"python3", "-W", "error"},
        {"perl", "-e"},
        {"perl", "-ne", "print"},
        {"node", "-e", "1"},
        {"awk"},
        {"gawk", "-f", "a.awk"},
        {"env"},
        {"env", "-i", "LANG=C"},
        {"env", "-u", "HOME"},
        {"env", "python3"},
        {"busybox"},
        {"busybox", "sh", "-c"},
        {"xargs", "-n", "1"},
        {"nice", "-n", "5"},
        {"timeout", "5"},
        {"timeout", "-k", "1", "5", "sh"},
        {"sudo", "-u", "nobody", "env", "sh"},
        {"ssh", "host"},
        {"ssh", "host", "uptime"},
        {"find", "/srv"},
        {"bash", "--rcfile", "x"},
        {"sudo", "--user", "nobody"},
        {"node", "--eval", "1"},
        {"node", "--eval=1"},
        {"sed"},
        {"sed", "-n"},
        {"sed", "-n", "p"},
        {"sed", "--"},
        {"sed", "-e", "p"},
        {"dc"},
        {"tar", "-tf", "a.tar"},
        {"rsync", "-a"},
        {"m4", "a.m4"},
        {"gcc-12", "a.c"},
        {"socat"},
        {"socat", "-u", "STDOUT"},
        {"Rscript"},
        {"Rscript", "-e"},
        {"php"},
        {"pwsh", "-File", "a.ps1"},
        {"git"},
        {"git", "-C", "/srv/a.git"},
        {"git", "grep"},
        {"git", "-c", "a.b=c", "clone"},
        {"deno"},
        {"deno", "run", "-A"},
        {"docker"},
        {"docker", "run"},
        {"docker", "run", "--rm", "--name", "a", "alpine"},
        {"docker", "exec", "-it", "web", "sh", "-c"},
        {"pip3", "install"},
        {"vim.tiny", "a.txt"},
        {"make", "--"},
        {"gdb"},
        {"/lib64/ld-linux-x86-64.so.2"},
        {"ld.so", "--library-path", "/srv/lib", "/bin/sh"},
        {"fish", "-c", "date"},
        {"env", "-", "sh"},
        {"sudo", "LANG=C", "sh"},
        {"runuser", "nobody"},
        {"runuser", "-u", "nobody", "--", "sh"},
        {"setpriv", "--pdeathsig", "TERM", "sh"},
        {"setarch", "i386", "sh"},
        {"choom", "-n", "500", "--", "sh"},
        {"numactl", "-N", "0", "sh"},
        {"time", "-f", "%e", "sh"},
        {"flock", "/run/a.lock", "-c"},
        {"nsenter", "-t", "1", "-m"},
        {"systemd-nspawn", "-D", "/srv/root"},
        {"strace", "-s", "100", "sh"},
        {"nice", "--unknown", "1", "2"},
        {"ssh-agent"},
        {"sshpass", "-p", "a", "ssh", "host"},
        {"lxc-attach", "-n", "web"},
        {"docker", "run", "--restart", "always", "alpine"},
        {"docker", "run", "--entrypoint", "sh", "alpine", "-c"},
        {"git", "instaweb"},
        {"poetry", "run"},
        {"sort", "-n"},
        {"wget", "-q"},
        {"nvim"},
    };
    for (const Words& words : open) {
      CPPUNIT_ASSERT_MESSAGE(text_of(words), !danger_of_commands({{"run", words}}).empty());
    }
  }

  void the_program_is_given() {
    const std::vector<Words> closed{
        {"date"},
        {"echo", "sh", "-c"},
        {"sh", "script.sh"},
        {"sh", "-c", "echo \"$1\"", "sh"},
        {"python3", "-c", "print(1)"},
        {"python3", "/srv/answer.py"},
        {"python3", "-W", "error", "answer.py"},
        {"perl", "-w", "answer.pl"},
        {"perl", "-e", "print 1", "--"},
        {"awk", "{ print }"},
        {"env", "LANG=C", "date"},
        {"env", "-u", "HOME", "python3", "answer.py"},
        {"busybox", "ls"},
        {"timeout", "5", "date"},
        {"nice", "-n", "5", "date"},
        {"xargs", "-n", "1", "echo"},
        {"bash", "--rcfile", "x", "answer.sh"},
        {"sudo", "--user", "nobody", "date"},
        {"timeout", "--signal", "INT", "5", "date"},
        {"sed", "--", "p"},
        {"sed", "-n", "p", "--"},
        {"sed", "--expression", "p", "--"},
        {"sed", "--expression=p", "--"},
        {"tar", "-tf", "a.tar", "--"},
        {"socat", "-u", "FILE:a", "STDOUT"},
        {"Rscript", "answer.R"},
        {"java", "-cp", "a.jar", "Answer"},
        {"git", "-C", "/srv/a.git", "log"},
        {"deno", "run", "-A", "answer.ts"},
        {"docker", "ps"},
        {"docker", "run", "--rm", "--name", "a", "alpine", "date"},
        {"docker", "exec", "web", "cat"},
        {"ip", "-4", "addr"},
        {"fish", "answer.fish"},
        {"fish", "-c", "date", "--"},
        {"env", "-", "LANG=C", "date"},
        {"runuser", "-u", "nobody", "--", "date"},
        {"setpriv", "--reuid", "1000", "date"},
        {"choom", "-n", "500", "date"},
        {"time", "-f", "%e", "date"},
        {"nsenter", "-t", "1", "-m", "date"},
        {"strace", "-f", "-s", "100", "date"},
        {"docker", "run", "--restart", "always", "alpine", "date"},
        {"sort", "-n", "--"},
        {"yarn", "audit"},
        {"/srv/bin/shell"},
        {"pythonic"},
    };
    for (const Words& words : closed) {
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text_of(words), std::string(), danger_of_commands({{"run", words}}));
    }
  }

  void the_text_names_the_command() {
    CPPUNIT_ASSERT_EQUAL(std::string("can run any command here, as the words after 'run' go to sh -c"),
                         danger_of_commands({{"date", {"date"}}, {"run", {"sh", "-c"}}}));
  }

  void programs_that_run_their_input() {
    const std::vector<Words> running{
        {"sh"},
        {"/bin/bash", "-e"},
        {"python3", "-"},
        {"python3", "-u"},
        {"perl", "/dev/stdin"},
        {"ssh"},
        {"sqlite3"},
        {"env", "A=1", "sh"},
        {"sudo", "su"},
        {"nice", "-n", "5", "node"},
        {"bash", "-s", "word"},
        {"docker", "exec", "-i", "web", "sh"},
        {"xargs", "sh", "-c"},
    };
    for (const Words& words : running) {
      CPPUNIT_ASSERT_MESSAGE(text_of(words), !danger_of_input(words).empty());
    }
    const std::vector<Words> reading{
        {"cat"},
        {"sh", "answer.sh"},
        {"sh", "-c", "cat"},
        {"python3", "-u", "answer.py"},
        {"awk", "{ print }"},
        {"env"},
        {"perl", "-pe", "s/a/b/"},
        {"sed", "-u", "p"},
        {"stdbuf", "-oL", "cat"},
        {"xargs", "-n", "1", "echo"},
        {"ssh", "host", "cat"},
        {"node", "answer.js"},
        {},
    };
    for (const Words& words : reading) {
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text_of(words), std::string(), danger_of_input(words));
    }
    CPPUNIT_ASSERT_EQUAL(std::string("can run any command here, as sh runs what it is sent"), danger_of_input({"sh"}));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CommandDangerTest);

}  // namespace
}  // namespace netkit::programs
