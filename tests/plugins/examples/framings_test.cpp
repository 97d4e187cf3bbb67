#include <cppunit/extensions/HelperMacros.h>

#include "netkit/testing/framing_contract.h"
#include "netkit/testing/test_server.h"
#include "plugins/examples/enroll_of.h"

namespace netkit::testing {
namespace {

using namespace std::string_literals;

/// The example framings keep what every framing promises.
class ExampleFramingsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ExampleFramingsTest);
  CPPUNIT_TEST(slip_keeps_the_contract);
  CPPUNIT_TEST(stx_etx_keeps_the_contract);
  CPPUNIT_TEST(a_conversation_in_slip);
  CPPUNIT_TEST_SUITE_END();

 public:
  void slip_keeps_the_contract() {
    Subject subject{.type = framing_type(enroll_of("slip"), "slip"), .settings = {{"max", "6"}}};
    subject.samples = {{"hello\xc0"s, "hello"}, {"\xc0"s, ""}, {"\xdb\xdc\xdb\xdd.\xc0"s, "\xc0\xdb."}};
    subject.malformed = {{"a\xdb."s, "unknown escape"},
                         {"\xdb\xc0"s, "unknown escape"},
                         {"1234567"s, "the message is larger than max"},
                         {"123456\xdb\xdd"s, "the message is larger than max"}};
    subject.streams = {{"one\xc0two\xdb"s, {.messages = {{"one"}}, .rest = "two\xdb"}}};
    expect_contract(subject);
  }

  void stx_etx_keeps_the_contract() {
    Subject subject{.type = framing_type(enroll_of("stx-etx"), "stx-etx"), .settings = {{"max", "6"}}};
    subject.samples = {
        {"\x02hello\x03"s, "hello"}, {"\x02\x03"s, ""}, {"\x02\x10\x10\x10\x02.\x10\x03\x03"s, "\x10\x02.\x03"}};
    subject.malformed = {{"x"s, "a message begins with another byte than STX"},
                         {"\x02y\x02"s, "STX inside a message"},
                         {"\x02\x10z"s, "unknown escape"},
                         {"\x02"s + "1234567", "the message is larger than max"},
                         {"\x02"s + "123456\x10\x10", "the message is larger than max"}};
    subject.streams = {{"\x02one\x03\x02two\x10"s, {.messages = {{"one"}}, .rest = "\x02two\x10"}}};
    expect_contract(subject);
  }

  void a_conversation_in_slip() {
    TestServer server(enroll_of("slip"), "echo", {}, {.framing = make_framing(enroll_of("slip"), "slip")});
    TestConversation peer = server.connect();
    peer.say_bytes("a\xdb");
    peer.say_bytes("\xdc\xc0");
    CPPUNIT_ASSERT_EQUAL("a\xdb\xdc\xc0"s, peer.receive_bytes());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ExampleFramingsTest);

}  // namespace
}  // namespace netkit::testing
