#include "server/ports/bind.h"

#include <cppunit/extensions/HelperMacros.h>
#include <netinet/in.h>
#include <unistd.h>

namespace netkit::testing {
namespace {

class BindTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(BindTest);
  CPPUNIT_TEST(only_an_address_for_many_is_told_where_datagrams_were_sent);
  CPPUNIT_TEST(a_socket_passed_in_is_set_by_its_own_address);
  CPPUNIT_TEST_SUITE_END();

 public:
  void only_an_address_for_many_is_told_where_datagrams_were_sent() {
    CPPUNIT_ASSERT(!is_told(bind_udp({"127.0.0.1", 0, false})));
    CPPUNIT_ASSERT(!is_told(bind_udp({"::1", 0, true})));
    CPPUNIT_ASSERT(is_told(bind_udp({"0.0.0.0", 0, false})));
    CPPUNIT_ASSERT(is_told(bind_udp({"::", 0, true})));
    CPPUNIT_ASSERT(is_told(bind_udp({"127.255.255.255", 0, false})));
    CPPUNIT_ASSERT(is_told(bind_udp({"224.0.0.1", 0, false})));
  }

  void a_socket_passed_in_is_set_by_its_own_address() {
    const Poco::Net::DatagramSocket one = bind_udp({"127.0.0.1", 0, false});
    one.impl()->setOption(IPPROTO_IP, IP_PKTINFO, 1);  // as the process that passes it may have had it
    CPPUNIT_ASSERT(!is_told(adopt_udp(::dup(one.impl()->sockfd()))));
    CPPUNIT_ASSERT(is_told(adopt_udp(::dup(bind_udp({"0.0.0.0", 0, false}).impl()->sockfd()))));
  }

 private:
  static bool is_told(const Poco::Net::DatagramSocket& socket) {
    int told = 0;
    if (socket.address().family() == Poco::Net::SocketAddress::IPv6) {
      socket.impl()->getOption(IPPROTO_IPV6, IPV6_RECVPKTINFO, told);
    } else {
      socket.impl()->getOption(IPPROTO_IP, IP_PKTINFO, told);
    }
    return told != 0;
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(BindTest);

}  // namespace
}  // namespace netkit::testing
