#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <vector>

#include "config/sections/exposure.h"

namespace netkit::test {
namespace {

ListenerConfig listener_at(const std::string& address) {
  ListenerConfig listener;
  listener.address = parse_address(address);
  listener.transports = {{Transport::tcp, {}}};
  return listener;
}

}  // namespace

class ExposureTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ExposureTest);
  CPPUNIT_TEST(of_addresses);
  CPPUNIT_TEST(access_lists_name_the_peers);
  CPPUNIT_TEST(modes_of_sockets);
  CPPUNIT_TEST_SUITE_END();

 public:
  void of_addresses() {
    for (const char* machine : {"127.0.0.1:0", "127.255.0.9:80", "[::1]:80"}) {
      CPPUNIT_ASSERT_MESSAGE(machine, exposure_of(listener_at(machine)) == Exposure::machine);
    }
    for (const char* strangers : {"0.0.0.0:0", "128.0.0.1:80", "12.7.0.1:80", "[::]:80", "[fe80::1]:80"}) {
      CPPUNIT_ASSERT_MESSAGE(strangers, exposure_of(listener_at(strangers)) == Exposure::strangers);
    }
  }

  void access_lists_name_the_peers() {
    ListenerConfig listener = listener_at("0.0.0.0:80");
    listener.access.allow = {AddressRange::parse("10.0.0.0/8")};
    CPPUNIT_ASSERT(exposure_of(listener) == Exposure::named);
    listener.transports.push_back({Transport::udp, {}});
    CPPUNIT_ASSERT(exposure_of(listener) == Exposure::strangers);  // the source of a datagram can be forged
    listener.transports.pop_back();
    listener.access.allow.push_back(AddressRange::parse("0.0.0.0/0"));
    CPPUNIT_ASSERT(exposure_of(listener) == Exposure::strangers);
  }

  void modes_of_sockets() {
    ListenerConfig listener;
    listener.address.path = "/run/a.sock";
    CPPUNIT_ASSERT(exposure_of(listener) == Exposure::owner);
    listener.socket.mode = 0660;
    CPPUNIT_ASSERT(exposure_of(listener) == Exposure::strangers);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ExposureTest);

}  // namespace netkit::test
