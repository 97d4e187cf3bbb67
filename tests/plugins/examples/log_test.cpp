#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>

#include "netkit/testing/test_server.h"
#include "plugins/examples/enroll_of.h"

namespace netkit::testing {
namespace {

class LogTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LogTest);
  CPPUNIT_TEST(a_message_and_its_answer_are_a_line_each);
  CPPUNIT_TEST(an_unasked_answer_is_a_line_too);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_message_and_its_answer_are_a_line_each() {
    TestServer server(enroll_of("log"), "echo", {}, {.filters = {{"log"}}});
    TestConversation peer = server.connect();
    peer.say("hello");
    CPPUNIT_ASSERT_EQUAL(std::string("hello"), peer.receive_body());
    CPPUNIT_ASSERT_EQUAL(1, count(server, "message size=5"));
    CPPUNIT_ASSERT_EQUAL(1, count(server, "answer size=5"));
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, server.log().size());
  }

  void an_unasked_answer_is_a_line_too() {
    const Enroll both = [](Registry& registry) {
      enroll_of("log")(registry);
      enroll_of("guess")(registry);
    };
    TestServer server(both, "guess", {}, {.filters = {{"log"}}});
    const std::string greeting = server.connect().receive_body();
    CPPUNIT_ASSERT_EQUAL(1, count(server, "answer size=" + std::to_string(greeting.size())));
  }

 private:
  static int count(const TestServer& server, const std::string& text) {
    const std::vector<std::string> lines = server.log();
    return static_cast<int>(std::count_if(lines.begin(), lines.end(), [&](const std::string& line) {
      return line.starts_with("info: ") && line.ends_with(text);
    }));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LogTest);

}  // namespace
}  // namespace netkit::testing
