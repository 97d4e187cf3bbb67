#include <cppunit/extensions/HelperMacros.h>

#include "netkit/testing/test_server.h"
#include "plugins/examples/enroll_of.h"

namespace netkit::testing {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

class ThrottleTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ThrottleTest);
  CPPUNIT_TEST(messages_over_the_rate_wait_and_none_is_lost);
  CPPUNIT_TEST(each_period_lets_as_many_pass);
  CPPUNIT_TEST(a_conversation_below_the_rate_never_waits);
  CPPUNIT_TEST(conversations_do_not_share_a_rate);
  CPPUNIT_TEST(a_peer_that_ends_is_answered_to_the_last);
  CPPUNIT_TEST_SUITE_END();

 public:
  void messages_over_the_rate_wait_and_none_is_lost() {
    TestServer server(enroll_of("throttle"), "echo", {}, two_a_second());
    TestConversation peer = server.connect();
    for (const char* text : {"1", "2", "3", "4", "5"}) peer.say(text);
    CPPUNIT_ASSERT(peer.paused());
    CPPUNIT_ASSERT((peer.receive_all() == Texts{"1", "2"}));
    server.advance(999ms);
    CPPUNIT_ASSERT((peer.receive_all() == Texts{}));
    server.advance(1ms);
    CPPUNIT_ASSERT((peer.receive_all() == Texts{"3", "4"}));
    server.advance(1s);
    CPPUNIT_ASSERT((peer.receive_all() == Texts{"5"}));
  }

  void each_period_lets_as_many_pass() {
    TestServer server(enroll_of("throttle"), "echo", {}, two_a_second());
    TestConversation peer = server.connect();
    for (int i = 0; i < 6; ++i) peer.say("x");  // those that wait come in one read
    for (int period = 0; period < 3; ++period) {
      CPPUNIT_ASSERT_EQUAL(std::size_t{2}, peer.receive_all().size());
      server.advance(1s);
    }
    CPPUNIT_ASSERT(!peer.paused());
  }

  void a_conversation_below_the_rate_never_waits() {
    TestServer server(enroll_of("throttle"), "echo", {}, two_a_second());
    TestConversation peer = server.connect();
    for (int i = 0; i < 10; ++i) {
      peer.say("x");
      CPPUNIT_ASSERT(!peer.paused());
      CPPUNIT_ASSERT((peer.receive_all() == Texts{"x"}));
      server.advance(1s);
    }
  }

  void conversations_do_not_share_a_rate() {
    TestServer server(enroll_of("throttle"), "echo", {}, two_a_second());
    TestConversation one = server.connect();
    TestConversation other = server.connect();
    for (const char* text : {"1", "2"}) one.say(text);
    CPPUNIT_ASSERT(one.paused());
    other.say("3");
    CPPUNIT_ASSERT(!other.paused());
    CPPUNIT_ASSERT((other.receive_all() == Texts{"3"}));
  }

  void a_peer_that_ends_is_answered_to_the_last() {
    TestServer server(enroll_of("throttle"), "echo", {}, two_a_second());
    TestConversation peer = server.connect();
    for (const char* text : {"1", "2", "3"}) peer.say(text);
    peer.end();
    server.advance(1s);
    CPPUNIT_ASSERT((peer.receive_all() == Texts{"1", "2", "3"}));
    CPPUNIT_ASSERT_EQUAL(std::string("peer-closed"), peer.close_reason());
  }

 private:
  static ServerSetup two_a_second() { return {.filters = {{"throttle", {{"rate", "2/s"}}}}}; }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ThrottleTest);

}  // namespace
}  // namespace netkit::testing
