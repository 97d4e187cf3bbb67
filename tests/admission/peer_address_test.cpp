#include "admission/peer_address.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

#include "admission/source_table.h"
#include "netkit/unique_fd.h"

namespace netkit::testing {
namespace {

class PeerAddressTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(PeerAddressTest);
  CPPUNIT_TEST(a_unix_peer_is_its_process_and_user);
  CPPUNIT_TEST(a_unix_peer_is_of_this_machine);
  CPPUNIT_TEST(an_address_is_its_own_source);
  CPPUNIT_TEST(sources_of_users_are_told_apart_by_user);
  CPPUNIT_TEST(it_is_as_small_as_an_ipv6_address);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    std::array<int, 2> ends{};
    CPPUNIT_ASSERT_EQUAL(0, ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()));
    one_ = UniqueFd(ends[0]);
    other_ = UniqueFd(ends[1]);
  }

  void a_unix_peer_is_its_process_and_user() {
    const Peer peer = PeerAddress::of_unix(one_.get()).peer();
    const std::string expected = "unix:uid=" + std::to_string(::getuid()) + ",gid=" + std::to_string(::getgid()) +
                                 ",pid=" + std::to_string(::getpid());
    CPPUNIT_ASSERT_EQUAL(expected, peer.host);
    CPPUNIT_ASSERT_EQUAL(std::uint16_t{0}, peer.port);
    CPPUNIT_ASSERT_EQUAL(expected, to_string(peer));
    const UnixCredentials own{.user = ::getuid(), .group = ::getgid(), .process = ::getpid()};
    CPPUNIT_ASSERT(peer.credentials == own);
    CPPUNIT_ASSERT(!PeerAddress::of_unix(-1).peer().credentials);  // nobody knows
    CPPUNIT_ASSERT(!ipv4(192).peer().credentials);
  }

  void a_unix_peer_is_of_this_machine() {
    CPPUNIT_ASSERT(PeerAddress::of_unix(one_.get()).is_unix());
    CPPUNIT_ASSERT(PeerAddress::of_unix(one_.get()).is_of_this_machine());
    CPPUNIT_ASSERT(ipv4(127).is_of_this_machine());
    CPPUNIT_ASSERT(!ipv4(192).is_of_this_machine());
    CPPUNIT_ASSERT(!ipv4(192).is_unix());
  }

  void an_address_is_its_own_source() { CPPUNIT_ASSERT(ipv4(192).source() == ipv4(192).ip()); }

  void sources_of_users_are_told_apart_by_user() {
    const IpAddress source = PeerAddress::of_unix(one_.get()).source();
    CPPUNIT_ASSERT(source == PeerAddress::of_unix(other_.get()).source());
    CPPUNIT_ASSERT(source == SourceTable::group(source));
    CPPUNIT_ASSERT(!source.is_v4());
    // A descriptor that is no socket has a peer that nobody knows.
    CPPUNIT_ASSERT(SourceTable::group(PeerAddress::of_unix(-1).source()) != source);
  }

  void it_is_as_small_as_an_ipv6_address() { CPPUNIT_ASSERT_EQUAL(sizeof(sockaddr_in6), sizeof(PeerAddress)); }

 private:
  static PeerAddress ipv4(unsigned char first) {
    const std::array<unsigned char, 4> bytes = {first, 0, 0, 1};
    return PeerAddress::of(IpAddress::v4(bytes.data()), 4711);
  }

  UniqueFd one_;
  UniqueFd other_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(PeerAddressTest);

}  // namespace
}  // namespace netkit::testing
