#include "exec_fixture.h"

namespace netkit::testing {
namespace {

/// What a message runs.
class CommandTest : public ExecFixture {
  CPPUNIT_TEST_SUITE(CommandTest);
  CPPUNIT_TEST(the_shell_runs_the_message_without_the_space_around_it);
  CPPUNIT_TEST(an_empty_message_runs_nothing);
  CPPUNIT_TEST(a_nul_byte_is_refused);
  CPPUNIT_TEST(the_first_word_picks_a_command_and_the_others_are_added);
  CPPUNIT_TEST(nothing_in_an_argument_is_interpreted);
  CPPUNIT_TEST(an_unknown_command_is_refused);
  CPPUNIT_TEST(an_open_quote_is_refused);
  CPPUNIT_TEST(a_program_without_a_slash_is_searched_in_path);
  CPPUNIT_TEST(a_program_that_is_missing_is_127);
  CPPUNIT_TEST(a_program_that_may_not_be_run_is_126);
  CPPUNIT_TEST(a_folder_that_is_gone_is_126);
  CPPUNIT_TEST(arguments_that_are_too_long_are_126);
  CPPUNIT_TEST_SUITE_END();

 public:
  void the_shell_runs_the_message_without_the_space_around_it() {
    const Answer answer = ask_shell(" \t\r\n printf '[%s]' 'a  b' | tr a-z A-Z \v\f\r\n");
    CPPUNIT_ASSERT_EQUAL(std::string("[A  B]"), answer.body);
    CPPUNIT_ASSERT_EQUAL(std::string("0"), answer.attribute("exit"));
  }

  void an_empty_message_runs_nothing() {
    for (const char* message : {"", " \n"}) {
      const Answer answer = ask_shell(message);
      CPPUNIT_ASSERT_EQUAL(std::string(), answer.body);
      CPPUNIT_ASSERT_EQUAL(std::string("0"), answer.attribute("exit"));
    }
  }

  void a_nul_byte_is_refused() {
    const Answer answer = ask_shell(std::string("echo a\0b", 8));
    expect_error(answer, "a command cannot hold a NUL byte", "2");
  }

  void the_first_word_picks_a_command_and_the_others_are_added() {
    serve(command_options("show", {"/usr/bin/printf", "<%s>", "first"}));
    CPPUNIT_ASSERT_EQUAL(std::string("<first>"), ask("show").body);
    CPPUNIT_ASSERT_EQUAL(std::string("<first><two words><><end>"), ask(" show 'two words' \"\" end\n").body);
  }

  void nothing_in_an_argument_is_interpreted() {
    serve(command_options("show", {"/usr/bin/printf", "%s|"}));
    const std::string texts[] = {"; id",     "$(id)", "`id`",      "$HOME", "| cat",    "&& id", "> /tmp/x", "*",
                                 "../../..", "-rf",   "--version", "a\nid", "\\x41\\n", "~",     "!!",       "{a,b}"};
    for (const std::string& text : texts) {
      CPPUNIT_ASSERT_EQUAL(text + "|", ask("show '" + text + "'").body);
    }
  }

  void an_unknown_command_is_refused() {
    serve(command_options("show", {"/usr/bin/printf"}));
    expect_error(ask("shows a"), "unknown command 'shows'", "127");
    expect_error(ask("/bin/echo a"), "unknown command '/bin/echo'", "127");
    expect_error(ask("'' a"), "unknown command ''", "127");
    expect_error(ask(std::string(100, 'x')), "unknown command '" + std::string(64, 'x') + "...'", "127");
  }

  void an_open_quote_is_refused() {
    serve(command_options("show", {"/usr/bin/printf"}));
    expect_error(ask("show 'a"), "a quote is not closed, or a backslash stands last", "2");
  }

  void a_program_without_a_slash_is_searched_in_path() {
    const TemporaryFolder folder;
    Options options = command_options("say", {"printf", "found"});
    options.set("env", std::vector<std::string>{"PATH=" + folder.path() + ":/nowhere::/usr/bin:/bin"});
    serve(options);
    CPPUNIT_ASSERT_EQUAL(std::string("found"), ask("say").body);
  }

  void a_program_that_is_missing_is_127() {
    serve(command_options("x", {"/nowhere/x"}));
    expect_error(ask("x"), "cannot run '/nowhere/x': No such file or directory", "127");
    serve(command_options("x", {"netkit-no-such-program"}));
    expect_error(ask("x"), "cannot run 'netkit-no-such-program': No such file or directory", "127");
  }

  void a_program_that_may_not_be_run_is_126() {
    serve(command_options("x", {"/etc/passwd"}));
    expect_error(ask("x"), "cannot run '/etc/passwd': Permission denied", "126");
  }

  void a_folder_that_is_gone_is_126() {
    Options options = shell_options();
    std::string path;
    {
      const TemporaryFolder folder;
      path = folder.path();
      options.set("directory", path);
      serve(options);
      CPPUNIT_ASSERT_EQUAL(path + "\n", ask("pwd -P").body);
    }
    expect_error(ask("pwd"), "cannot enter folder '" + path + "': No such file or directory", "126");
  }

  void arguments_that_are_too_long_are_126() {
    // The kernel refuses the first, the second does not even fit into a request.
    for (const std::size_t size : {std::size_t{150} << 10, std::size_t{1} << 20}) {
      expect_error(ask_shell("echo " + std::string(size, 'x')), "cannot run '/bin/sh': Argument list too long", "126");
    }
    CPPUNIT_ASSERT_EQUAL(std::size_t{100001}, ask_shell("echo " + std::string(100000, 'x')).body.size());
  }

 private:
  static void expect_error(const Answer& answer, const std::string& text, const std::string& exit) {
    CPPUNIT_ASSERT_EQUAL(text + "\n", answer.body);
    CPPUNIT_ASSERT_EQUAL(text, answer.attribute("error"));
    CPPUNIT_ASSERT_EQUAL(exit, answer.attribute("exit"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CommandTest);

}  // namespace
}  // namespace netkit::testing
