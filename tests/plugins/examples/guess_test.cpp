#include <cppunit/extensions/HelperMacros.h>

#include "netkit/testing/test_server.h"
#include "plugins/examples/enroll_of.h"

namespace netkit::testing {
namespace {

class GuessTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(GuessTest);
  CPPUNIT_TEST(a_game);
  CPPUNIT_TEST(a_random_number_is_found);
  CPPUNIT_TEST(what_is_no_number_is_answered);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_game() {
    TestServer server(enroll_of("guess"), "guess", {{"number", "42"}});
    TestConversation peer = server.connect();
    CPPUNIT_ASSERT(peer.receive_body().starts_with("guess"));
    CPPUNIT_ASSERT_EQUAL(std::string("higher"), ask(peer, "41"));
    CPPUNIT_ASSERT_EQUAL(std::string("lower"), ask(peer, "43"));
    CPPUNIT_ASSERT_EQUAL(std::string("right"), ask(peer, "42"));
    CPPUNIT_ASSERT_EQUAL(std::string("handler-closed"), peer.close_reason());
  }

  void a_random_number_is_found() {
    TestServer server(enroll_of("guess"), "guess");
    TestConversation peer = server.connect();
    peer.receive();
    int least = 1;
    int most = 100;
    while (peer.open()) {
      CPPUNIT_ASSERT(least <= most);
      const int middle = (least + most) / 2;
      const std::string answer = ask(peer, std::to_string(middle));
      if (answer == "higher") least = middle + 1;
      if (answer == "lower") most = middle - 1;
    }
  }

  void what_is_no_number_is_answered() {
    TestServer server(enroll_of("guess"), "guess", {{"number", "42"}});
    TestConversation peer = server.connect();
    peer.receive();
    for (const char* text : {"", "42x", " 42", "99999999999999999999"}) {
      CPPUNIT_ASSERT_EQUAL(std::string("that is not a number"), ask(peer, text));
    }
    CPPUNIT_ASSERT(peer.open());
  }

 private:
  static std::string ask(TestConversation& peer, const std::string& guess) {
    peer.say(guess);
    return peer.receive_body();
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(GuessTest);

}  // namespace
}  // namespace netkit::testing
