#include "host/stream/server_stream.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>

#include "host/listener/listener_context.h"
#include "support/fake_session.h"
#include "support/test_host.h"
#include "tls/test_certificates.h"

namespace netkit::testing {
namespace {

/// Which stream an accepted connection gets.
class ServerStreamTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ServerStreamTest);
  CPPUNIT_TEST(a_listener_without_tls_talks_in_clear);
  CPPUNIT_TEST(a_listener_with_tls_begins_with_a_handshake);
  CPPUNIT_TEST(one_whose_handler_starts_tls_begins_in_clear);
  CPPUNIT_TEST(going_over_to_tls_keeps_the_socket);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    std::array<int, 2> ends{};
    CPPUNIT_ASSERT_EQUAL(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()));
    socket_ = UniqueFd(ends[0]);
    peer_ = UniqueFd(ends[1]);
  }

  void a_listener_without_tls_talks_in_clear() {
    const std::unique_ptr<Stream> stream = make_server_stream(*context(false, false), std::move(socket_));
    CPPUNIT_ASSERT(stream->established());
    CPPUNIT_ASSERT_EQUAL(std::string("hello"), received_after_sending(*stream));
  }

  void a_listener_with_tls_begins_with_a_handshake() {
    const std::unique_ptr<Stream> stream = make_server_stream(*context(true, false), std::move(socket_));
    CPPUNIT_ASSERT(!stream->established());
    CPPUNIT_ASSERT_EQUAL(ssize_t{5}, ::write(peer_.get(), "hello", 5));
    std::array<char, 64> room{};
    CPPUNIT_ASSERT_EQUAL(ssize_t{-1}, stream->receive(room));
    CPPUNIT_ASSERT(!stream->failure().empty());  // that was no hello of TLS
  }

  void one_whose_handler_starts_tls_begins_in_clear() {
    const std::unique_ptr<Stream> stream = make_server_stream(*context(true, true), std::move(socket_));
    CPPUNIT_ASSERT(stream->established());
    CPPUNIT_ASSERT_EQUAL(std::string("hello"), received_after_sending(*stream));
  }

  void going_over_to_tls_keeps_the_socket() {
    const std::shared_ptr<ListenerContext> listener = context(true, true);
    const std::unique_ptr<Stream> clear = make_server_stream(*listener, std::move(socket_));
    const int socket = clear->socket();
    const std::unique_ptr<Stream> encrypted = continue_by_tls(*listener, *clear);
    CPPUNIT_ASSERT(!encrypted->established());
    CPPUNIT_ASSERT_EQUAL(socket, encrypted->socket());
    CPPUNIT_ASSERT_EQUAL(-1, clear->socket());
  }

 private:
  std::shared_ptr<ListenerContext> context(bool tls, bool can_start_tls) {
    ListenerSettings settings{.name = "test", .protocol = make_protocol("line", "line", echo_handler())};
    settings.protocol.can_start_tls = can_start_tls;
    if (tls) {
      settings.tls = std::make_shared<const TlsServerContext>(
          TlsServerSettings{.identity = certificates_.issue("localhost", "IP:127.0.0.1")});
    }
    return std::make_shared<ListenerContext>(std::move(settings), state_, workers_, log_);
  }

  std::string received_after_sending(Stream& stream) const {
    CPPUNIT_ASSERT_EQUAL(ssize_t{5}, stream.send("hello", false));
    std::string room(64, '\0');
    const ssize_t count = ::read(peer_.get(), room.data(), room.size());
    CPPUNIT_ASSERT(count >= 0);
    return room.substr(0, static_cast<std::size_t>(count));
  }

  TestCertificates certificates_;
  MemoryLog log_;
  ServerState state_;
  WorkerPool workers_{1};
  UniqueFd socket_;
  UniqueFd peer_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(ServerStreamTest);

}  // namespace
}  // namespace netkit::testing
