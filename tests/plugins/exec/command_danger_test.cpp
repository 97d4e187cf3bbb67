#include "command_danger.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <vector>

namespace netkit::exec {
namespace {

using Words = std::vector<std::string>;

class CommandDangerTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CommandDangerTest);
  CPPUNIT_TEST(the_next_word_is_the_program);
  CPPUNIT_TEST(the_program_is_given);
  CPPUNIT_TEST(the_text_names_the_command);
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
};

CPPUNIT_TEST_SUITE_REGISTRATION(CommandDangerTest);

}  // namespace
}  // namespace netkit::exec
