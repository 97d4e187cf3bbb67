#include <cppunit/extensions/HelperMacros.h>

#include "netkit/testing/test_server.h"
#include "plugins/examples/enroll_of.h"

namespace netkit::testing {
namespace {

using Lines = std::vector<std::string>;

class StartTlsExampleTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(StartTlsExampleTest);
  CPPUNIT_TEST(tls_is_offered_and_begins);
  CPPUNIT_TEST(a_certificate_names_the_peer);
  CPPUNIT_TEST(without_a_certificate_of_its_own_it_offers_none);
  CPPUNIT_TEST(other_commands);
  CPPUNIT_TEST_SUITE_END();

 public:
  void tls_is_offered_and_begins() {
    TestServer server(enroll_of("starttls"), "starttls");
    TestConversation peer = server.connect();
    CPPUNIT_ASSERT_EQUAL(std::string("220 ready"), peer.receive_body());
    CPPUNIT_ASSERT(ask(peer, "ehlo me") == (Lines{"250-hello me", "250 STARTTLS"}));
    CPPUNIT_ASSERT(ask(peer, "starttls") == Lines{"220 go ahead"});
    CPPUNIT_ASSERT(peer.tls_started());
    CPPUNIT_ASSERT(ask(peer, "noop") == Lines{"250 nothing done"});  // the name was said in clear
    CPPUNIT_ASSERT(ask(peer, "ehlo me") == Lines{"250 hello me"});
    CPPUNIT_ASSERT(ask(peer, "starttls") == Lines{"454 no TLS here"});
  }

  void a_certificate_names_the_peer() {
    TestServer server(enroll_of("starttls"), "starttls");
    TestConversation peer = server.connect();
    peer.receive();
    peer.set_tls_identity("meter-7.example");
    ask(peer, "starttls");
    CPPUNIT_ASSERT(ask(peer, "ehlo somebody else") == Lines{"250 hello meter-7.example"});
  }

  void without_a_certificate_of_its_own_it_offers_none() {
    TestServer server(enroll_of("starttls"), "starttls", {}, {.tls = false});
    TestConversation peer = server.connect();
    peer.receive();
    CPPUNIT_ASSERT(ask(peer, "ehlo me") == Lines{"250 hello me"});
    CPPUNIT_ASSERT(ask(peer, "starttls") == Lines{"454 no TLS here"});
  }

  void other_commands() {
    TestServer server(enroll_of("starttls"), "starttls");
    TestConversation peer = server.connect();
    peer.receive();
    CPPUNIT_ASSERT(ask(peer, "DATA") == Lines{"502 not known"});
    CPPUNIT_ASSERT(ask(peer, "quit") == Lines{"221 bye"});
    CPPUNIT_ASSERT_EQUAL(std::string("handler-closed"), peer.close_reason());
  }

 private:
  static Lines ask(TestConversation& peer, const std::string& command) {
    peer.say(command);
    return peer.receive_all();
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(StartTlsExampleTest);

}  // namespace
}  // namespace netkit::testing
