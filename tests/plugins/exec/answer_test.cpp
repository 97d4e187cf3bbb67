#include <nlohmann/json.hpp>
#include <stdexcept>

#include "exec_fixture.h"
#include "support/bare_responder.h"

namespace netkit::testing {
namespace {

/// Stands in for a session over datagrams: short answers only, no streams.
class SmallResponder final : public BareResponder {
 public:
  using Responder::send;
  void send(std::string_view body, const Attributes& attributes) override {
    if (body.size() > kMost) throw std::length_error("an answer must fit into a datagram");
    answers.push_back({std::string(body), attributes});
  }
  void stream(std::unique_ptr<BodySource>, const Attributes&) override {
    throw std::length_error("not over datagrams");
  }

  std::vector<Answer> answers;

 private:
  static constexpr std::size_t kMost = 1000;
};

/// How a command's end and output are put into an answer.
class AnswerTest : public ExecFixture {
  CPPUNIT_TEST_SUITE(AnswerTest);
  CPPUNIT_TEST(the_header_has_the_exit_status);
  CPPUNIT_TEST(json_has_everything);
  CPPUNIT_TEST(json_shows_a_signal_and_a_cut);
  CPPUNIT_TEST(json_replaces_what_is_not_utf8);
  CPPUNIT_TEST(json_tells_of_errors);
  CPPUNIT_TEST(large_output_in_json_is_streamed);
  CPPUNIT_TEST(output_that_cannot_be_sent_is_an_error);
  CPPUNIT_TEST_SUITE_END();

 public:
  void the_header_has_the_exit_status() {
    const Answer answer = ask_shell("echo hi; exit 42");
    CPPUNIT_ASSERT_EQUAL(std::string("42"), answer.attribute("exit"));
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, answer.attributes.size());
    CPPUNIT_ASSERT(!answer.attributes.find("filename") && !answer.attributes.find("hash"));
  }

  void json_has_everything() {
    serve(json_options());
    const Answer answer = ask("echo out; printf err >&2; exit 3");
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"exit":3,"signal":null,"timed_out":false,"truncated":false,)"
                                     R"("stdout":"out\n","stderr":"err"})"),
                         answer.body);
    CPPUNIT_ASSERT_EQUAL(std::string("3"), answer.attribute("exit"));
  }

  void json_shows_a_signal_and_a_cut() {
    Options options = json_options();
    options.set("max_output", std::int64_t{10});
    serve(options);
    const nlohmann::json body = nlohmann::json::parse(ask("yes").body);
    CPPUNIT_ASSERT(body["exit"].is_null());
    CPPUNIT_ASSERT_EQUAL(9, body["signal"].get<int>());
    CPPUNIT_ASSERT(body["truncated"].get<bool>());
    CPPUNIT_ASSERT_EQUAL(std::string("y\ny\ny\ny\ny\n"), body["stdout"].get<std::string>());
  }

  void json_replaces_what_is_not_utf8() {
    serve(json_options());
    const nlohmann::json body = nlohmann::json::parse(ask("printf 'a\\377\\000b'").body);
    CPPUNIT_ASSERT_EQUAL(std::string("a\xef\xbf\xbd\0b", 6), body["stdout"].get<std::string>());
  }

  void json_tells_of_errors() {
    Options options = command_options("x", {"/nowhere/x"});
    options.set("output", std::string("json"));
    serve(options);
    for (const char* message : {"x", "y", "'"}) {
      const Answer answer = ask(message);
      const nlohmann::json body = nlohmann::json::parse(answer.body);
      CPPUNIT_ASSERT(!body["error"].get<std::string>().empty());
      CPPUNIT_ASSERT_EQUAL(answer.attribute("error"), body["error"].get<std::string>());
      CPPUNIT_ASSERT_EQUAL(answer.attribute("exit"), std::to_string(body["exit"].get<int>()));
    }
  }

  /// It has its form by then: what is left to do for it takes no time that others would have to wait.
  void large_output_in_json_is_streamed() {
    Options options = json_options();
    options.set("max_output", std::int64_t{4} << 20);
    serve(options);
    RecordingResponder responder;
    responder.keep_sources = true;
    handler().on_message(Message{"head -c 3000001 /dev/zero | tr '\\0' '\\1'; printf err >&2; exit 5", {}}, responder);
    CPPUNIT_ASSERT(responder.await());
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, responder.sources.size());
    const std::string text = read_whole(*responder.sources.front());
    CPPUNIT_ASSERT(text.size() > std::size_t{18'000'000});
    const nlohmann::json body = nlohmann::json::parse(text);
    CPPUNIT_ASSERT(std::string(3000001, '\1') == body["stdout"].get<std::string>());
    CPPUNIT_ASSERT_EQUAL(std::string("err"), body["stderr"].get<std::string>());
    CPPUNIT_ASSERT_EQUAL(5, body["exit"].get<int>());
  }

  void output_that_cannot_be_sent_is_an_error() {
    Options options = shell_options();
    options.set("max_output", std::int64_t{4} << 20);
    serve(options);
    for (const char* message : {"head -c 2000 /dev/zero; exit 7", "head -c 2000000 /dev/zero; exit 7"}) {
      RecordingResponder waiting;
      handler().on_message(Message{message, {}}, waiting);
      SmallResponder responder;
      CPPUNIT_ASSERT(waiting.await(responder));
      CPPUNIT_ASSERT_EQUAL(std::size_t{1}, responder.answers.size());
      const Answer& answer = responder.answers.front();
      CPPUNIT_ASSERT(answer.body.starts_with("the output cannot be sent: "));
      CPPUNIT_ASSERT(answer.attribute("error").find("datagram") != std::string::npos);
      CPPUNIT_ASSERT_EQUAL(std::string("7"), answer.attribute("exit"));
    }
  }

 private:
  static Options json_options() {
    Options options = shell_options();
    options.set("output", std::string("json"));
    return options;
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AnswerTest);

}  // namespace
}  // namespace netkit::testing
