#include <cppunit/extensions/HelperMacros.h>

#include "netkit/testing/test_server.h"
#include "plugins/examples/enroll_of.h"

namespace netkit::testing {
namespace {

using Texts = std::vector<std::string>;

class ChatTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ChatTest);
  CPPUNIT_TEST(a_message_goes_to_all_others);
  CPPUNIT_TEST(a_slow_member_misses_messages);
  CPPUNIT_TEST(a_slow_member_is_closed_if_the_option_says_so);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_message_goes_to_all_others() {
    TestServer server(enroll_of("chat"), "chat", {}, {.loops = 2});
    TestConversation a = server.connect();
    TestConversation b = server.connect();
    TestConversation c = server.connect();
    a.say("hello");
    c.reset();
    b.say("hi");
    CPPUNIT_ASSERT((a.receive_all() == Texts{"hi"}));
    CPPUNIT_ASSERT((b.receive_all() == Texts{"hello"}));
    CPPUNIT_ASSERT((c.receive_all() == Texts{"hello"}));
  }

  void a_slow_member_misses_messages() {
    TestServer server(enroll_of("chat"), "chat", {}, {.output_limit = 100});
    TestConversation slow = server.connect();
    flood(server, slow);
    CPPUNIT_ASSERT(slow.open());
    slow.go_on_reading();
    const std::size_t received = slow.receive_all().size();
    CPPUNIT_ASSERT(received > 0);
    CPPUNIT_ASSERT(received < kMessages);
  }

  void a_slow_member_is_closed_if_the_option_says_so() {
    TestServer server(enroll_of("chat"), "chat", {{"slow", "close"}}, {.output_limit = 100});
    TestConversation slow = server.connect();
    flood(server, slow);
    slow.go_on_reading();
    CPPUNIT_ASSERT_EQUAL(std::string("too-slow"), slow.close_reason());
  }

 private:
  static constexpr std::size_t kMessages = 20;

  /// Another member sends more than the bound for one who does not read.
  static void flood(TestServer& server, TestConversation& slow) {
    slow.stop_reading();
    TestConversation fast = server.connect();
    for (std::size_t i = 0; i < kMessages; ++i) fast.say(std::string(60, 'x'));
    server.settle();
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ChatTest);

}  // namespace
}  // namespace netkit::testing
