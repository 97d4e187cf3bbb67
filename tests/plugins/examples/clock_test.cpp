#include <cppunit/extensions/HelperMacros.h>

#include <regex>

#include "netkit/testing/test_server.h"
#include "plugins/examples/enroll_of.h"

namespace netkit::testing {
namespace {

using namespace std::chrono_literals;

class ClockTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ClockTest);
  CPPUNIT_TEST(the_first_comes_at_once_and_is_the_time);
  CPPUNIT_TEST(then_one_comes_each_period);
  CPPUNIT_TEST(an_ended_conversation_is_told_nothing_more);
  CPPUNIT_TEST_SUITE_END();

 public:
  void the_first_comes_at_once_and_is_the_time() {
    TestServer server(enroll_of("clock"), "clock");
    const std::time_t before = std::time(nullptr);
    const std::string text = server.connect().receive_body();
    std::tm parts{};
    const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    CPPUNIT_ASSERT(rest != nullptr);
    CPPUNIT_ASSERT_EQUAL(std::string(), std::string(rest));
    CPPUNIT_ASSERT(std::regex_match(text, std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)")));
    const std::time_t told = ::timegm(&parts);
    CPPUNIT_ASSERT(before <= told);
    CPPUNIT_ASSERT(told <= std::time(nullptr));
  }

  void then_one_comes_each_period() {
    TestServer server(enroll_of("clock"), "clock", {{"every", "5s"}});
    TestConversation peer = server.connect();
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, peer.receive_all().size());
    server.advance(4999ms);
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, peer.receive_all().size());
    server.advance(1ms);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, peer.receive_all().size());
    server.advance(10s);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, peer.receive_all().size());
  }

  void an_ended_conversation_is_told_nothing_more() {
    TestServer server(enroll_of("clock"), "clock");
    TestConversation peer = server.connect();
    peer.end();
    CPPUNIT_ASSERT_EQUAL(std::string("peer-closed"), peer.close_reason());
    server.advance(10s);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, peer.receive_all().size());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ClockTest);

}  // namespace
}  // namespace netkit::testing
