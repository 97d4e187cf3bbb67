#include <cppunit/extensions/HelperMacros.h>

#include <stdexcept>

#include "netkit/testing/failure.h"
#include "netkit/testing/test_server.h"
#include "testing/sample_plugin.h"

namespace netkit::testing {
namespace {

/// Sends what comes from the target to the conversation, and its events as words in brackets.
class Back final : public UpstreamHandler {
 public:
  explicit Back(Conversation conversation) : conversation_(std::move(conversation)) {}
  void on_connect(const Upstream&) override { conversation_.send("[connect]"); }
  void on_message(const Upstream&, const Message& message) override {
    if (message.body == "throw") throw std::runtime_error("confused");
    conversation_.send(message.body);
  }
  void on_end(const Upstream&) override { conversation_.send("[end]"); }
  void on_writable(const Upstream&) override { conversation_.send("[writable]"); }
  void on_close(const Upstream&, std::string_view reason, std::string_view detail) override {
    conversation_.send("[" + std::string(reason) + " " + std::string(detail) + "]");
  }

 private:
  const Conversation conversation_;
};

/// The test plays the target of an onward connection.
class UpstreamTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(UpstreamTest);
  CPPUNIT_TEST(what_the_handler_sends_is_seen_and_answered);
  CPPUNIT_TEST(a_target_may_refuse_or_close);
  CPPUNIT_TEST(an_exception_closes_the_connection);
  CPPUNIT_TEST(a_full_target_takes_nothing);
  CPPUNIT_TEST(a_paused_connection_is_held_back);
  CPPUNIT_TEST(it_ends_with_its_conversation);
  CPPUNIT_TEST_SUITE_END();

 public:
  void what_the_handler_sends_is_seen_and_answered() {
    peer_.say("question");
    TestUpstream target = server_.upstream();
    CPPUNIT_ASSERT_EQUAL(std::string("backend"), target.target());
    CPPUNIT_ASSERT_EQUAL(std::string("question"), target.receive_body());
    target.accept();
    target.say("answer");
    target.end();
    CPPUNIT_ASSERT(texts({"[connect]", "answer", "[end]"}) == peer_.receive_all());
    CPPUNIT_ASSERT_THROW(target.receive(), TestFailure);
    CPPUNIT_ASSERT_THROW(server_.upstream(), TestFailure);
  }

  void a_target_may_refuse_or_close() {
    peer_.say("x");
    server_.upstream().fail();
    CPPUNIT_ASSERT(texts({"[connect-failed Connection refused]"}) == peer_.receive_all());
    peer_.say("x");
    TestUpstream second = server_.upstream();
    second.accept();
    second.close();
    CPPUNIT_ASSERT(texts({"[connect]", "[peer-closed ]"}) == peer_.receive_all());
    CPPUNIT_ASSERT(!second.open());
  }

  void an_exception_closes_the_connection() {
    peer_.say("x");
    TestUpstream target = server_.upstream();
    target.say("throw");
    CPPUNIT_ASSERT(texts({"[handler-failed confused]"}) == peer_.receive_all());
  }

  void a_full_target_takes_nothing() {
    peer_.say("x");
    TestUpstream target = server_.upstream();
    target.receive();
    target.fill();
    CPPUNIT_ASSERT(!upstream_.send("y"));
    target.drain();
    CPPUNIT_ASSERT(texts({"[writable]"}) == peer_.receive_all());
    CPPUNIT_ASSERT(upstream_.send("y"));
    CPPUNIT_ASSERT_EQUAL(std::string("y"), target.receive_body());
  }

  void a_paused_connection_is_held_back() {
    peer_.say("x");
    TestUpstream target = server_.upstream();
    upstream_.pause();
    target.say("held");
    target.end();
    CPPUNIT_ASSERT(!peer_.has_message());
    upstream_.resume();
    CPPUNIT_ASSERT(texts({"held", "[end]"}) == peer_.receive_all());
  }

  void it_ends_with_its_conversation() {
    peer_.say("x");
    TestUpstream target = server_.upstream();
    peer_.reset();
    CPPUNIT_ASSERT(!target.open());
    CPPUNIT_ASSERT(!upstream_.open());
  }

 private:
  static std::vector<std::string> texts(std::vector<std::string> all) { return all; }

  Upstream upstream_;
  TestServer server_{sample([this](SampleHandler& handler, const HandlerContext&) {
                       handler.message = [this](const Message& message, Responder& responder) {
                         const Conversation conversation = responder.conversation();
                         upstream_ = conversation.connect(test_target("backend"), std::make_shared<Back>(conversation));
                         upstream_.send(message.body);
                       };
                     }),
                     "sample"};
  TestConversation peer_ = server_.connect();
};

CPPUNIT_TEST_SUITE_REGISTRATION(UpstreamTest);

}  // namespace
}  // namespace netkit::testing
