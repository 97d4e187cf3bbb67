#include "host/stream/connection_ends.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <string>

#include "host/transport/plain_stream.h"
#include "server/ports/bind.h"
#include "support/test_client.h"

namespace netkit::testing {
namespace {

/// Knows a name of its peer.
class NamedStream final : public Stream {
 public:
  explicit NamedStream(UniqueFd socket) : Stream(std::move(socket), true) {}
  ssize_t receive(std::span<char> /*into*/) override { return 0; }
  ssize_t send(std::string_view /*bytes*/, bool /*more*/) override { return 0; }
  void end_sending() override {}
  void close(bool /*reset*/) override { socket_.reset(); }
  void describe(Peer& peer) const override { peer.certificate = "alice"; }
};

/// The two ends of an accepted connection, as handlers and the log are told of them.
class ConnectionEndsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ConnectionEndsTest);
  CPPUNIT_TEST(the_peer_has_its_address_and_what_the_stream_knows);
  CPPUNIT_TEST(a_closed_connection_leaves_the_address);
  CPPUNIT_TEST(a_proxy_is_the_peer_of_the_socket);
  CPPUNIT_TEST(this_end_is_where_the_peer_has_connected_to);
  CPPUNIT_TEST(a_closed_connection_and_a_unix_socket_have_no_address_here);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    const Poco::Net::ServerSocket listening = bind_tcp({"127.0.0.1", 0, false});
    port_ = listening.address().port();
    client_ = std::make_unique<TestClient>(TestClient::tcp(port_));
    socklen_t size = PeerAddress::capacity();
    UniqueFd accepted(::accept4(listening.impl()->sockfd(), address_.data(), &size, SOCK_CLOEXEC));
    CPPUNIT_ASSERT(accepted);
    stream_ = std::make_unique<NamedStream>(std::move(accepted));
  }

  void the_peer_has_its_address_and_what_the_stream_knows() {
    const Peer peer = peer_of(address_, stream_.get(), false);
    CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1"), peer.host);
    CPPUNIT_ASSERT_EQUAL(address_.port(), peer.port);
    CPPUNIT_ASSERT_EQUAL(std::string("alice"), peer.certificate);
    CPPUNIT_ASSERT(peer.proxy.empty());
  }

  void a_closed_connection_leaves_the_address() {
    const Peer peer = peer_of(address_, nullptr, true);
    CPPUNIT_ASSERT_EQUAL(address_.port(), peer.port);
    CPPUNIT_ASSERT(peer.certificate.empty() && peer.proxy.empty());
  }

  void a_proxy_is_the_peer_of_the_socket() {
    const std::array<std::uint8_t, 4> far{192, 0, 2, 7};
    const PeerAddress named = PeerAddress::of(IpAddress::v4(far.data()), 4711);
    const Peer peer = peer_of(named, stream_.get(), true);
    CPPUNIT_ASSERT_EQUAL(std::string("192.0.2.7"), peer.host);
    CPPUNIT_ASSERT_EQUAL(std::uint16_t{4711}, peer.port);
    CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1"), peer.proxy);
  }

  void this_end_is_where_the_peer_has_connected_to() {
    const LocalEnd local = local_end_of(address_, stream_.get(), "tls");
    CPPUNIT_ASSERT_EQUAL(std::string("tls"), local.transport);
    CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1"), local.host);
    CPPUNIT_ASSERT_EQUAL(port_, local.port);
  }

  void a_closed_connection_and_a_unix_socket_have_no_address_here() {
    std::array<int, 2> ends{};
    CPPUNIT_ASSERT_EQUAL(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()));
    const PlainStream stream{UniqueFd(ends[0])};
    const UniqueFd other(ends[1]);
    for (const LocalEnd& local : {local_end_of(address_, nullptr, "unix"),
                                  local_end_of(PeerAddress::of_unix(stream.socket()), &stream, "unix")}) {
      CPPUNIT_ASSERT_EQUAL(std::string("unix"), local.transport);
      CPPUNIT_ASSERT_EQUAL(std::string(), local.host);
      CPPUNIT_ASSERT_EQUAL(std::uint16_t{0}, local.port);
    }
  }

 private:
  std::uint16_t port_ = 0;
  std::unique_ptr<TestClient> client_;
  PeerAddress address_;
  std::unique_ptr<Stream> stream_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(ConnectionEndsTest);

}  // namespace
}  // namespace netkit::testing
