#include <cppunit/extensions/HelperMacros.h>

#include "netkit/testing/test_server.h"
#include "plugins/examples/enroll_of.h"

namespace netkit::testing {
namespace {

class CounterTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CounterTest);
  CPPUNIT_TEST(each_conversation_is_counted_by_itself);
  CPPUNIT_TEST_SUITE_END();

 public:
  void each_conversation_is_counted_by_itself() {
    TestServer server(enroll_of("counter"), "counter");
    TestConversation one = server.connect();
    TestConversation other = server.connect();
    for (const char* text : {"a", "", "c"}) one.say(text);
    other.say("x");
    CPPUNIT_ASSERT((one.receive_all() == std::vector<std::string>{"1", "2", "3"}));
    CPPUNIT_ASSERT((other.receive_all() == std::vector<std::string>{"1"}));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CounterTest);

}  // namespace
}  // namespace netkit::testing
