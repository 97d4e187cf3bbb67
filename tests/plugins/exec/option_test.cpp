#include "exec_fixture.h"

namespace netkit::testing {
namespace {

/// Options that fit their types but cannot be used.
class OptionTest : public ExecFixture {
  CPPUNIT_TEST_SUITE(OptionTest);
  CPPUNIT_TEST(exactly_one_of_shell_and_commands);
  CPPUNIT_TEST(a_command_has_a_program);
  CPPUNIT_TEST(a_variable_has_a_name);
  CPPUNIT_TEST(the_directory_is_there);
  CPPUNIT_TEST(only_a_shell_is_a_danger);
  CPPUNIT_TEST(it_may_block_and_serves_datagrams);
  CPPUNIT_TEST_SUITE_END();

 public:
  void exactly_one_of_shell_and_commands() {
    expect_refused(Options(), "commands");
    Options both = command_options("x", {"true"});
    both.set("shell", true);
    expect_refused(both, "shell");
  }

  void a_command_has_a_program() {
    expect_refused(command_options("x", {}), "commands");
    expect_refused(command_options("x", {"", "a"}), "commands");
    expect_refused(command_options("x", {"true", std::string("a\0b", 3)}), "commands");
  }

  void a_variable_has_a_name() {
    for (const std::string& variable : {std::string("=x"), std::string(), std::string("A=\0", 3)}) {
      Options options = shell_options();
      options.set("env", std::vector<std::string>{variable});
      expect_refused(options, "env");
    }
  }

  void the_directory_is_there() {
    for (const char* path : {"/nowhere", "/etc/passwd"}) {
      Options options = shell_options();
      options.set("directory", std::string(path));
      expect_refused(options, "directory");
    }
  }

  void only_a_shell_is_a_danger() {
    Options commands = command_options("x", {"true"});
    commands.set("shell", false);
    CPPUNIT_ASSERT_EQUAL(std::string(), plugin().type().danger(commands));
    CPPUNIT_ASSERT(!plugin().type().danger(shell_options()).empty());
  }

  void it_may_block_and_serves_datagrams() {
    serve(shell_options());
    CPPUNIT_ASSERT(handler().may_block(Message{}));
    CPPUNIT_ASSERT(!plugin().type().needs_stream);
  }

 private:
  void expect_refused(const Options& options, const std::string& option) {
    try {
      serve(options);
    } catch (const OptionError& error) {
      CPPUNIT_ASSERT_EQUAL(option, error.option());
      CPPUNIT_ASSERT(std::string(error.what()).size() > 10);
      return;
    }
    CPPUNIT_FAIL("not refused: " + option);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OptionTest);

}  // namespace
}  // namespace netkit::testing
