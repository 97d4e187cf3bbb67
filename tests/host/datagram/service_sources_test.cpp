#include "host/datagram/service_sources.h"

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <chrono>

namespace netkit::testing {
namespace {

using namespace std::chrono_literals;

class ServiceSourcesTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ServiceSourcesTest);
  CPPUNIT_TEST(a_source_is_answered_at_its_rate);
  CPPUNIT_TEST(each_address_and_port_has_a_rate_of_its_own);
  CPPUNIT_TEST(so_many_are_known_and_others_share_one_rate);
  CPPUNIT_TEST(those_that_have_been_silent_make_room);
  CPPUNIT_TEST(clients_have_high_ports);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_source_is_answered_at_its_rate() {
    CPPUNIT_ASSERT(admits(source(1)));
    CPPUNIT_ASSERT(admits(source(1)));
    CPPUNIT_ASSERT(!admits(source(1)));
    now_ += 500ms;
    CPPUNIT_ASSERT(admits(source(1)));
    CPPUNIT_ASSERT(!admits(source(1)));
  }

  void each_address_and_port_has_a_rate_of_its_own() {
    use_up(source(1));
    CPPUNIT_ASSERT(admits(source(2)));
    CPPUNIT_ASSERT(admits(source(1, 54)));
    CPPUNIT_ASSERT(!admits(source(1)));
  }

  void so_many_are_known_and_others_share_one_rate() {
    for (int i = 0; i < kMost; ++i) CPPUNIT_ASSERT(admits(source(i)));
    CPPUNIT_ASSERT(admits(source(kMost)));
    CPPUNIT_ASSERT(admits(source(kMost + 1)));
    CPPUNIT_ASSERT(!admits(source(kMost + 2)));
    CPPUNIT_ASSERT(admits(source(0)));  // it is known, and has another one
  }

  void those_that_have_been_silent_make_room() {
    for (int i = 0; i < kMost; ++i) CPPUNIT_ASSERT(admits(source(i)));
    now_ += 1s;
    for (int i = 0; i < kMost; ++i) CPPUNIT_ASSERT(admits(source(kMost + i)));
  }

  void clients_have_high_ports() {
    CPPUNIT_ASSERT(lowest_client_port() > 1023);
    CPPUNIT_ASSERT(lowest_client_port() <= 32768);
  }

 private:
  static constexpr int kMost = 1024;

  static PeerAddress source(int number, std::uint16_t port = 53) {
    const std::array<std::uint8_t, 4> bytes{192, 0, static_cast<std::uint8_t>(number >> 8),
                                            static_cast<std::uint8_t>(number)};
    return PeerAddress::of(IpAddress::v4(bytes.data()), port);
  }
  bool admits(const PeerAddress& from) { return sources_.admit(from, rate_, now_); }
  void use_up(const PeerAddress& from) {
    while (admits(from)) {
    }
  }

  const BucketSize rate_{Rate{2, 1s}};
  TimePoint now_{1h};
  ServiceSources sources_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(ServiceSourcesTest);

}  // namespace
}  // namespace netkit::testing
