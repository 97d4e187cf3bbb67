#include "server/listeners/listening_lines.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>
#include <vector>

#include "server/listeners/fake_port.h"

namespace netkit::testing {
namespace {

FramingChoice framing(const std::string& in, const std::string& out) {
  FramingChoice choice;
  choice.in.type = in;
  choice.out.type = out;
  return choice;
}

class ListeningLinesTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ListeningLinesTest);
  CPPUNIT_TEST(a_framing_is_named_by_direction_only_where_they_differ);
  CPPUNIT_TEST(each_socket_has_a_line_with_the_port_that_is_bound);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_framing_is_named_by_direction_only_where_they_differ() {
    CPPUNIT_ASSERT_EQUAL(std::string("line"), framing_text(framing("line", "line")));
    CPPUNIT_ASSERT_EQUAL(std::string("raw/length"), framing_text(framing("raw", "length")));
  }

  void each_socket_has_a_line_with_the_port_that_is_bound() {
    ServedListener listener;
    listener.config.name = "both";
    listener.config.handler.type = "echo";
    listener.config.transports = {{Transport::tcp, framing("raw", "length")},
                                  {Transport::udp, framing("datagram", "datagram")}};
    listener.parts.push_back({nullptr, std::make_shared<FakePort>("both", Transport::tcp, 7001)});
    listener.parts.push_back({nullptr, std::make_shared<FakePort>("both", Transport::udp, 7002)});
    const std::vector<std::string> lines = listening_lines(listener);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, lines.size());
    CPPUNIT_ASSERT_EQUAL(std::string("listening both tcp 127.0.0.1:7001 framing=raw/length handler=echo"), lines[0]);
    CPPUNIT_ASSERT_EQUAL(std::string("listening both udp 127.0.0.1:7002 framing=datagram handler=echo"), lines[1]);
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ListeningLinesTest);

}  // namespace
}  // namespace netkit::testing
