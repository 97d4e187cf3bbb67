#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <vector>

#include "config/sections/protection/exposure.h"
#include "config/sections/protection/public_authorities.h"
#include "support/files.h"

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
  CPPUNIT_TEST(ranges_that_hold_everybody_together);
  CPPUNIT_TEST(proxies_that_anybody_can_be);
  CPPUNIT_TEST(authorities_of_everybody);
  CPPUNIT_TEST(names_of_clients);
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

  void ranges_that_hold_everybody_together() {
    ListenerConfig listener = listener_at("0.0.0.0:80");
    listener.access.allow = {AddressRange::parse("0.0.0.0/1"), AddressRange::parse("128.0.0.0/1")};
    CPPUNIT_ASSERT(exposure_of(listener) == Exposure::strangers);
  }

  void proxies_that_anybody_can_be() {
    ListenerConfig listener = listener_at("0.0.0.0:80");
    listener.access.allow = {AddressRange::parse("10.0.0.0/8")};
    listener.proxy = {.protocol = ProxyProtocol::optional, .from = {AddressRange::parse("192.0.2.7")}};
    CPPUNIT_ASSERT(exposure_of(listener) == Exposure::named);
    listener.proxy.from = {AddressRange::parse("0.0.0.0/0")};
    CPPUNIT_ASSERT(exposure_of(listener) == Exposure::strangers);
    listener.address = parse_address("127.0.0.1:80");
    listener.proxy.from = {AddressRange::parse("127.0.0.1")};
    CPPUNIT_ASSERT(exposure_of(listener) == Exposure::named);
    listener.access.allow.clear();
    CPPUNIT_ASSERT(exposure_of(listener) == Exposure::strangers);  // the proxy's peers come from anywhere
  }

  void authorities_of_everybody() {
    const TemporaryFolder folder;
    const auto file = [&](const char* name, const std::string& content) {
      write_file(folder.path() / name, content);
      return (folder.path() / name).string();
    };
    const std::filesystem::path system = folder.path() / "system";
    std::filesystem::create_directory(system);
    file("system/a.crt", "-----BEGIN CERTIFICATE-----\nAAAA\nBBBB\n-----END CERTIFICATE-----\n");
    const std::string own = "-----BEGIN CERTIFICATE-----\nCCCC\n-----END CERTIFICATE-----\n";
    CPPUNIT_ASSERT(!holds_public_authority(file("own.pem", own), system));
    const std::string theirs = "-----BEGIN CERTIFICATE-----\r\nAAAABBBB\r\n-----END CERTIFICATE-----";
    CPPUNIT_ASSERT(holds_public_authority(file("both.pem", own + theirs), system));
    CPPUNIT_ASSERT(!holds_public_authority((folder.path() / "both.pem").string(), folder.path() / "nowhere"));
  }

  void names_of_clients() {
    for (const char* named : {"example.com", "*.example.com", "meter-*.example.com", "a.b", "*.*.a.b"}) {
      CPPUNIT_ASSERT_MESSAGE(named, names_clients({named}));
      CPPUNIT_ASSERT_MESSAGE(named, !names_clients({named, "*.com"}));
    }
    for (const char* strangers : {"*", "*.*", "*.com", "com", "*.example*.com", ".com.", "a*.com", ""}) {
      CPPUNIT_ASSERT_MESSAGE(strangers, !names_clients({strangers}));
    }
    CPPUNIT_ASSERT(!names_clients({}));
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
