#include <csignal>
#include <filesystem>

#include "exec_fixture.h"

namespace netkit::testing {
namespace {

/// What commands may take of the system.
class LimitsTest : public ExecFixture {
  CPPUNIT_TEST_SUITE(LimitsTest);
  CPPUNIT_TEST(without_options_only_core_dumps_and_descriptors_are_bounded);
  CPPUNIT_TEST(every_limit_reaches_the_command);
  CPPUNIT_TEST(a_limit_cannot_be_above_the_servers);
  CPPUNIT_TEST(processor_time_runs_out);
  CPPUNIT_TEST(a_file_grows_no_further);
  CPPUNIT_TEST(no_command_gets_privileges_unless_configured);
  CPPUNIT_TEST(messages_beyond_the_bounds_are_answered_with_75);
  CPPUNIT_TEST_SUITE_END();

 public:
  void without_options_only_core_dumps_and_descriptors_are_bounded() {
    const Answer answer = ask_shell(kAllLimits);
    CPPUNIT_ASSERT_EQUAL(std::string("0 1024 unlimited unlimited unlimited\n"), answer.body);
  }

  void every_limit_reaches_the_command() {
    Options options = shell_options();
    options.set("max_open_files", std::int64_t{100});
    options.set("max_memory", std::int64_t{1} << 30);
    options.set("max_file_size", std::int64_t{1} << 20);
    options.set("max_cpu", std::chrono::nanoseconds(std::chrono::milliseconds(2500)));
    options.set("max_processes", std::int64_t{5000});
    serve(options);
    CPPUNIT_ASSERT_EQUAL(std::string("0 100 1048576 2048 3\n"), ask(kAllLimits).body);
    CPPUNIT_ASSERT_EQUAL(std::string("5000 5000\n"),
                         ask("awk '/^Max processes/ {print $3, $4}' /proc/self/limits").body);
  }

  void a_limit_cannot_be_above_the_servers() {
    Options options = shell_options();
    options.set("max_open_files", std::int64_t{1'000'000});
    serve(options);
    const std::string hard = "awk '/^Max open files/ {print $5}' /proc/self/limits";
    options.set("max_open_files", std::int64_t{50});
    CPPUNIT_ASSERT(std::stoll(ask(hard).body) <= 1'000'000);
    serve(options);
    CPPUNIT_ASSERT_EQUAL(std::string("50\n"), ask(hard).body);
  }

  void processor_time_runs_out() {
    Options options = shell_options();
    options.set("max_cpu", std::chrono::nanoseconds(std::chrono::seconds(1)));
    options.set("timeout", std::chrono::nanoseconds(std::chrono::minutes(5)));
    serve(options);
    const Answer answer = ask("exec sh -c 'while :; do :; done'");
    CPPUNIT_ASSERT_EQUAL(std::to_string(SIGXCPU), answer.attribute("signal"));
    CPPUNIT_ASSERT_EQUAL(std::string(), answer.attribute("timed_out"));
  }

  void a_file_grows_no_further() {
    const TemporaryFolder folder;
    Options options = shell_options();
    options.set("max_file_size", std::int64_t{8192});
    serve(options);
    const Answer answer = ask("exec head -c 100000 /dev/zero > " + folder.file("large"));
    CPPUNIT_ASSERT_EQUAL(std::to_string(SIGXFSZ), answer.attribute("signal"));
    CPPUNIT_ASSERT_EQUAL(std::uintmax_t{8192}, std::filesystem::file_size(folder.file("large")));
  }

  void no_command_gets_privileges_unless_configured() {
    const char* question = "grep NoNewPrivs /proc/self/status";
    CPPUNIT_ASSERT_EQUAL(std::string("NoNewPrivs:\t1\n"), ask_shell(question).body);
    Options options = shell_options();
    options.set("no_new_privs", false);
    serve(options);
    CPPUNIT_ASSERT_EQUAL(std::string("NoNewPrivs:\t0\n"), ask(question).body);
  }

  void messages_beyond_the_bounds_are_answered_with_75() {
    Options options = shell_options();
    options.set("concurrency", std::int64_t{3});
    options.set("queue", std::int64_t{7});
    serve(options);
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, handler().call_bounds().at_once);
    CPPUNIT_ASSERT_EQUAL(std::size_t{7}, handler().call_bounds().waiting);
    RecordingResponder responder;
    handler().on_overload(Message{"echo no", {}}, responder);
    CPPUNIT_ASSERT_EQUAL(std::string("75"), responder.answers.at(0).attribute("exit"));
    CPPUNIT_ASSERT(responder.answers.at(0).attribute("error").starts_with("too many commands"));
  }

 private:
  static constexpr const char* kAllLimits = "echo $(ulimit -c) $(ulimit -n) $(ulimit -v) $(ulimit -f) $(ulimit -t)";
};

CPPUNIT_TEST_SUITE_REGISTRATION(LimitsTest);

}  // namespace
}  // namespace netkit::testing
