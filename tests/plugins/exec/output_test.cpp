#include "exec_fixture.h"

namespace netkit::testing {
namespace {

/// What of a command's output is answered.
class OutputTest : public ExecFixture {
  CPPUNIT_TEST_SUITE(OutputTest);
  CPPUNIT_TEST(standard_error_comes_instead_of_standard_output);
  CPPUNIT_TEST(only_standard_output_if_so_chosen);
  CPPUNIT_TEST(both_in_their_order_if_merged);
  CPPUNIT_TEST(every_byte_comes_as_it_is);
  CPPUNIT_TEST(both_streams_may_be_flooded);
  CPPUNIT_TEST(what_is_still_in_the_pipe_at_the_end_is_answered);
  CPPUNIT_TEST(output_up_to_the_bound_is_whole);
  CPPUNIT_TEST(output_beyond_the_bound_is_cut_and_the_command_killed);
  CPPUNIT_TEST(a_flood_of_standard_error_is_cut_too);
  CPPUNIT_TEST(large_output_is_streamed_from_a_file);
  CPPUNIT_TEST(large_output_is_cut_at_the_bound_too);
  CPPUNIT_TEST_SUITE_END();

 public:
  void standard_error_comes_instead_of_standard_output() {
    CPPUNIT_ASSERT_EQUAL(std::string("out\n"), ask_shell("echo out").body);
    CPPUNIT_ASSERT_EQUAL(std::string("err\n"), ask_shell("echo out; echo err >&2").body);
    CPPUNIT_ASSERT_EQUAL(std::string(), ask_shell("true").body);
  }

  void only_standard_output_if_so_chosen() {
    serve(shell_with("output", std::string("stdout")));
    CPPUNIT_ASSERT_EQUAL(std::string("out\n"), ask("echo out; echo err >&2").body);
    CPPUNIT_ASSERT_EQUAL(std::string("/dev/null\n"), ask("readlink /proc/$$/fd/2").body);
  }

  void both_in_their_order_if_merged() {
    serve(shell_with("output", std::string("merged")));
    CPPUNIT_ASSERT_EQUAL(std::string("1\n2\n3\n4\n"), ask("echo 1; echo 2 >&2; echo 3; echo 4 >&2").body);
  }

  void every_byte_comes_as_it_is() {
    const TemporaryFolder folder;
    serve(shell_options());
    const Answer answer = ask("head -c 200000 /dev/urandom | tee " + folder.file("copy"));
    CPPUNIT_ASSERT_EQUAL(std::size_t{200000}, answer.body.size());
    CPPUNIT_ASSERT(answer.body == read_file(folder.file("copy")));
    CPPUNIT_ASSERT_EQUAL(std::string("\0\x01\xff\r\n\0", 6), ask("printf '\\000\\001\\377\\r\\n\\000'").body);
  }

  void both_streams_may_be_flooded() {
    // Each far beyond what a pipe holds, one after the other and both at once.
    const std::string flood = "head -c 900000 /dev/zero";
    CPPUNIT_ASSERT_EQUAL(std::size_t{900000}, ask_shell(flood + "; " + flood + " >&2").body.size());
    CPPUNIT_ASSERT_EQUAL(std::size_t{900000}, ask_shell(flood + " >&2; " + flood).body.size());
    CPPUNIT_ASSERT_EQUAL(std::size_t{900000}, ask_shell(flood + " & " + flood + " >&2; wait").body.size());
  }

  void what_is_still_in_the_pipe_at_the_end_is_answered() {
    // Enlarged (F_SETPIPE_SZ is 1031), a pipe holds far more than one read takes; the writer is gone at once.
    Options options = command_options(
        "burst", {"/usr/bin/perl", "-e", "fcntl(STDOUT, 1031, 1 << 20) or die $!; syswrite(STDOUT, 'x' x 1000000)"});
    serve(options);
    for (int run = 0; run < 20; ++run) CPPUNIT_ASSERT_EQUAL(std::size_t{1000000}, ask("burst").body.size());
  }

  void output_up_to_the_bound_is_whole() {
    serve(shell_with("max_output", std::int64_t{1000}));
    const Answer answer = ask("head -c 1000 /dev/zero");
    CPPUNIT_ASSERT_EQUAL(std::size_t{1000}, answer.body.size());
    CPPUNIT_ASSERT_EQUAL(std::string("0"), answer.attribute("exit"));
    CPPUNIT_ASSERT_EQUAL(std::string(), answer.attribute("truncated"));
  }

  void output_beyond_the_bound_is_cut_and_the_command_killed() {
    serve(shell_with("max_output", std::int64_t{100000}));
    expect_cut(ask("echo $$; exec yes"), 100000);
    expect_cut(ask("trap '' TERM; yes | cat; echo never"), 100000);
  }

  void a_flood_of_standard_error_is_cut_too() {
    expect_cut(ask_shell("yes >&2"), std::size_t{1} << 20);
    serve(shell_with("output", std::string("stdout")));
    CPPUNIT_ASSERT_EQUAL(std::string("end\n"), ask("head -c 3000000 /dev/zero >&2; echo end").body);
  }

  void large_output_is_streamed_from_a_file() {
    const TemporaryFolder folder;
    serve(shell_with("max_output", std::int64_t{8} << 20));
    const Answer answer = ask("head -c 2500000 /dev/urandom | tee " + folder.file("copy"));
    CPPUNIT_ASSERT_EQUAL(std::size_t{2500000}, answer.body.size());
    CPPUNIT_ASSERT(answer.body == read_file(folder.file("copy")));

    RecordingResponder responder;
    responder.keep_sources = true;
    handler().on_message(Message{"head -c 1048577 /dev/zero", {}}, responder);
    responder.await();
    handler().on_message(Message{"head -c 1048576 /dev/zero", {}}, responder);
    responder.await();
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, responder.sources.size());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1048577}, responder.sources.front()->size());
    CPPUNIT_ASSERT(responder.sources.front()->descriptor() >= 0);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1048576}, responder.answers.back().body.size());
  }

  void large_output_is_cut_at_the_bound_too() {
    serve(shell_with("max_output", std::int64_t{3000000}));
    expect_cut(ask("yes"), 3000000);
  }

 private:
  static Options shell_with(const std::string& name, Options::Value value) {
    Options options = shell_options();
    options.set(name, std::move(value));
    return options;
  }

  static void expect_cut(const Answer& answer, std::size_t size) {
    CPPUNIT_ASSERT_EQUAL(size, answer.body.size());
    CPPUNIT_ASSERT_EQUAL(std::string("true"), answer.attribute("truncated"));
    CPPUNIT_ASSERT_EQUAL(std::string("9"), answer.attribute("signal"));
    CPPUNIT_ASSERT_EQUAL(std::string(), answer.attribute("timed_out"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OutputTest);

}  // namespace
}  // namespace netkit::testing
