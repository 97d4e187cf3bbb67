#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

#include <thread>

#include "tls/context.h"
#include "tls/test_certificates.h"
#include "upstream_fixture.h"

namespace netkit::testing {
namespace {

/// Serves one TLS connection: sends back what it gets until the other end has ended.
void serve_tls(TestPeer& peer, const TlsServerContext& context) {
  const std::unique_ptr<TlsEngine> engine = context.make_engine();
  const auto flush = [&] {
    peer.send(engine->outgoing());
    engine->sent(engine->outgoing().size());
  };
  for (;;) {
    const std::string bytes = peer.receive();
    if (bytes.empty() || bytes == "reset") return;
    engine->feed(bytes);
    if (!engine->established() && engine->handshake() != TlsEngine::Status::done) {
      flush();
      continue;
    }
    std::string plain(1000, '\0');
    for (auto result = engine->read(plain); result.status == TlsEngine::Status::done; result = engine->read(plain)) {
      engine->write({plain.data(), result.count});
    }
    flush();
  }
}

/// A Unix socket that is a target, in a folder of its own.
class UnixTarget {
 public:
  explicit UnixTarget(int backlog) : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    CPPUNIT_ASSERT(::mkdtemp(folder_) != nullptr);
    settings.transport = TargetSettings::Transport::unix_socket;
    settings.path = std::string(folder_) + "/socket";
    const SocketAddress address = unix_address(settings.path);
    CPPUNIT_ASSERT_EQUAL(0, ::bind(listener_.get(), address.get(), address.size));
    CPPUNIT_ASSERT_EQUAL(0, ::listen(listener_.get(), backlog));
  }
  ~UnixTarget() { std::filesystem::remove_all(folder_); }
  UnixTarget(const UnixTarget&) = delete;
  UnixTarget& operator=(const UnixTarget&) = delete;

  TestPeer accept() const {
    pollfd wait{listener_.get(), POLLIN, 0};
    if (::poll(&wait, 1, 20'000) <= 0) throw std::runtime_error("nobody connects");
    return TestPeer(UniqueFd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)));
  }

  TargetSettings settings;

 private:
  char folder_[32] = "/tmp/netkit-upstream-XXXXXX";
  const UniqueFd listener_;
};

class UpstreamTransportTest : public UpstreamFixture {
  CPPUNIT_TEST_SUITE(UpstreamTransportTest);
  CPPUNIT_TEST(a_refused_connection_is_told);
  CPPUNIT_TEST(a_target_that_does_not_answer_is_given_up);
  CPPUNIT_TEST(names_are_resolved_and_all_addresses_tried);
  CPPUNIT_TEST(an_unknown_name_is_told);
  CPPUNIT_TEST(unix_sockets);
  CPPUNIT_TEST(a_full_queue_of_a_unix_socket_is_waited_for);
  CPPUNIT_TEST(datagrams);
  CPPUNIT_TEST(a_descriptor);
  CPPUNIT_TEST(what_is_sent_before_it_begins_is_not_lost);
  CPPUNIT_TEST(a_descriptor_that_is_neither_stream_nor_pipe);
  CPPUNIT_TEST(the_reading_end_of_a_pipe);
  CPPUNIT_TEST(the_writing_end_of_a_pipe);
  CPPUNIT_TEST(a_pipe_that_nobody_reads_any_more);
  CPPUNIT_TEST(an_idle_pipe_that_nobody_reads_any_more);
  CPPUNIT_TEST(packets_are_read_one_by_one);
  CPPUNIT_TEST(a_descriptor_is_closed_though_nobody_connects);
  CPPUNIT_TEST(tls);
  CPPUNIT_TEST(a_certificate_of_a_stranger_is_refused);
  CPPUNIT_TEST(a_tls_handshake_that_takes_too_long);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_refused_connection_is_told() {
    std::uint16_t port = 0;
    {
      const TestTarget gone;
      port = gone.port();
    }
    const Upstream upstream = host_->connect(UpstreamHost::tcp(port), handler_);
    handler_->wait_for("close connect-failed");
    CPPUNIT_ASSERT_EQUAL(std::string("Connection refused"), handler_->last_detail);
    CPPUNIT_ASSERT((handler_->lines() == Lines{"close connect-failed"}));
  }

  void a_target_that_does_not_answer_is_given_up() {
    TestTarget full(SOCK_STREAM, 0);
    TargetSettings settings = UpstreamHost::tcp(full.port());
    settings.timeout = std::chrono::milliseconds(300);
    for (int i = 0; i < 4; ++i) host_->connect(settings, handler_);  // more than the queue of the socket has room for
    handler_->wait_for("close connect-timeout");
  }

  void names_are_resolved_and_all_addresses_tried() {
    TestTarget target;  // on 127.0.0.1 only, which may not be the first address of localhost
    TargetSettings settings = UpstreamHost::tcp(target.port());
    settings.host = "localhost";
    host_->connect(settings, handler_);
    TestPeer peer = target.accept();
    handler_->wait_for("connect");
  }

  void an_unknown_name_is_told() {
    TargetSettings settings = UpstreamHost::tcp(1);
    settings.host = "no-such-host.invalid";
    settings.timeout = kPatience;
    host_->connect(settings, handler_);
    handler_->wait_for("close connect-failed");
    CPPUNIT_ASSERT(handler_->last_detail.starts_with("no-such-host.invalid: "));
  }

  void unix_sockets() {
    const UnixTarget target(8);
    const Upstream upstream = host_->connect(target.settings, handler_);
    upstream.send("hello");
    TestPeer peer = target.accept();
    CPPUNIT_ASSERT_EQUAL(std::string("hello\n"), peer.receive());
    handler_->wait_for("connect");
    upstream.pause();
    peer.send("answer\n");
    peer.close();
    host_->on_loop([] {});
    upstream.resume();  // what came before the end is not lost
    handler_->wait_for("message answer");
    handler_->wait_for("end");
  }

  void a_full_queue_of_a_unix_socket_is_waited_for() {
    const UnixTarget target(0);
    for (int i = 0; i < 4; ++i) host_->connect(target.settings, handler_);
    std::vector<TestPeer> peers;
    for (int i = 0; i < 4; ++i) peers.push_back(target.accept());
    handler_->wait_for("connect", 4);
  }

  void datagrams() {
    TestTarget target(SOCK_DGRAM);
    TargetSettings settings = UpstreamHost::tcp(target.port());
    settings.transport = TargetSettings::Transport::udp;
    const Upstream upstream = host_->connect(settings, handler_, make_test_framing("datagram"));
    host_->on_loop([&] {
      upstream.send("one");
      upstream.send("");
      upstream.send("three");
    });
    char room[100];
    sockaddr_storage from{};
    ::socklen_t size = sizeof from;
    const auto receive = [&] {
      const ssize_t count = ::recvfrom(target.fd(), room, sizeof room, 0, reinterpret_cast<sockaddr*>(&from), &size);
      return std::string(room, static_cast<std::size_t>(count));
    };
    CPPUNIT_ASSERT_EQUAL(std::string("one"), receive());
    CPPUNIT_ASSERT_EQUAL(std::string(), receive());
    CPPUNIT_ASSERT_EQUAL(std::string("three"), receive());
    for (const std::string_view answer : {"a", "", "c"}) {
      ::sendto(target.fd(), answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
    }
    handler_->wait_for("message c");
    CPPUNIT_ASSERT((handler_->lines() == Lines{"connect", "message a", "message ", "message c"}));
    upstream.close();
    handler_->wait_for("close closed");
  }

  void a_descriptor() {
    int ends[2];
    CPPUNIT_ASSERT_EQUAL(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
    TestPeer peer{UniqueFd(ends[1])};
    const Upstream upstream =
        host_->connect(Target::of_descriptor(ends[0], "pair", make_test_framing("line")), handler_);
    upstream.send("question");
    CPPUNIT_ASSERT_EQUAL(std::string("question\n"), peer.receive());
    peer.send("answer\n");
    handler_->wait_for("message answer");
    upstream.close();
    CPPUNIT_ASSERT_EQUAL(std::string(), peer.receive());
    peer.close();
    handler_->wait_for("close closed");
    CPPUNIT_ASSERT_EQUAL(-1, ::fcntl(ends[0], F_GETFD));
  }

  void what_is_sent_before_it_begins_is_not_lost() {
    UpstreamHost host;
    int ends[2];
    CPPUNIT_ASSERT_EQUAL(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
    TestPeer peer{UniqueFd(ends[1])};
    UpstreamStart start =
        host.prepare(Target::of_descriptor(ends[0], "pair", make_test_framing("line")), std::make_shared<Recorder>());
    start.upstream.send("early");
    host.on_loop([] {});  // the loop has looked for it
    host.on_loop([&] { start.begin(); });
    CPPUNIT_ASSERT_EQUAL(std::string("early\n"), peer.receive());
  }

  void a_descriptor_that_is_neither_stream_nor_pipe() {
    const int file = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    host_->connect(Target::of_descriptor(file, "file", make_test_framing("line")), handler_);
    handler_->wait_for("close connect-failed");
    host_->on_loop([] {});  // what has told it lets go of the descriptor
    CPPUNIT_ASSERT_EQUAL(-1, ::fcntl(file, F_GETFD));
  }

  void the_reading_end_of_a_pipe() {
    int ends[2];
    CPPUNIT_ASSERT_EQUAL(0, ::pipe2(ends, O_CLOEXEC));
    UniqueFd other(ends[1]);
    host_->connect(Target::of_descriptor(ends[0], "pipe", make_test_framing("line")), handler_);
    CPPUNIT_ASSERT_EQUAL(ssize_t{9}, ::write(other.get(), "one\ntwo\nt", 9));
    handler_->wait_for("message two");
    CPPUNIT_ASSERT_EQUAL(ssize_t{5}, ::write(other.get(), "hree\n", 5));
    handler_->wait_for("message three");
    other.reset();
    handler_->wait_for("end");
    handler_->wait_for("close peer-closed");
    host_->on_loop([] {});  // what has told it lets go of the descriptor
    CPPUNIT_ASSERT_EQUAL(-1, ::fcntl(ends[0], F_GETFD));
  }

  void the_writing_end_of_a_pipe() {
    int ends[2];
    CPPUNIT_ASSERT_EQUAL(0, ::pipe2(ends, O_CLOEXEC));
    const UniqueFd other(ends[0]);
    const Upstream upstream =
        host_->connect(Target::of_descriptor(ends[1], "pipe", make_test_framing("line")), handler_);
    const std::string much(200'000, 'x');  // more than the pipe holds
    upstream.send(much);
    upstream.end();
    std::string received;
    std::array<char, 4096> piece;
    for (ssize_t count = 0; (count = ::read(other.get(), piece.data(), piece.size())) > 0;) {
      received.append(piece.data(), static_cast<std::size_t>(count));
    }
    CPPUNIT_ASSERT(received == much + "\n");
    handler_->wait_for("close peer-closed");
    host_->on_loop([] {});  // what has told it lets go of the descriptor
    CPPUNIT_ASSERT_EQUAL(-1, ::fcntl(ends[1], F_GETFD));
  }

  void a_pipe_that_nobody_reads_any_more() {
    int ends[2];
    CPPUNIT_ASSERT_EQUAL(0, ::pipe2(ends, O_CLOEXEC));
    UniqueFd other(ends[0]);
    const Upstream upstream =
        host_->connect(Target::of_descriptor(ends[1], "pipe", make_test_framing("line")), handler_);
    upstream.send(std::string(200'000, 'x'));  // it waits for room
    char byte = 0;
    CPPUNIT_ASSERT_EQUAL(ssize_t{1}, ::read(other.get(), &byte, 1));
    other.reset();
    handler_->wait_for("close peer-reset");
  }

  void an_idle_pipe_that_nobody_reads_any_more() {
    int ends[2];
    CPPUNIT_ASSERT_EQUAL(0, ::pipe2(ends, O_CLOEXEC));
    UniqueFd other(ends[0]);
    const Upstream upstream =
        host_->connect(Target::of_descriptor(ends[1], "pipe", make_test_framing("line")), handler_);
    upstream.send("read by nobody");
    host_->on_loop([] {});  // by now it is written
    other.reset();
    handler_->wait_for("close peer-reset");
  }

  void packets_are_read_one_by_one() {
    int ends[2];
    CPPUNIT_ASSERT_EQUAL(0, ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends));
    UniqueFd other(ends[1]);
    CPPUNIT_ASSERT_EQUAL(ssize_t{3}, ::send(other.get(), "one", 3, 0));
    CPPUNIT_ASSERT_EQUAL(ssize_t{3}, ::send(other.get(), "two", 3, 0));
    host_->connect(Target::of_descriptor(ends[0], "pair", make_test_framing("raw")), handler_);
    handler_->wait_for("message one");
    handler_->wait_for("message two");
    other.reset();
    handler_->wait_for("end");
  }

  void a_descriptor_is_closed_though_nobody_connects() {
    int ends[2];
    CPPUNIT_ASSERT_EQUAL(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
    TestPeer peer{UniqueFd(ends[1])};
    host_->on_loop([&] { host_->owner().end(); });
    host_->connect(Target::of_descriptor(ends[0], "pair", make_test_framing("line")), std::make_shared<Recorder>());
    CPPUNIT_ASSERT_EQUAL(std::string(), peer.receive());
  }

  void tls() {
    const TlsServerContext context({.identity = certificates_.issue("localhost", "IP:127.0.0.1")});
    const Upstream upstream = host_->connect(tls_target(target_->port(), certificates_.authority()), handler_);
    upstream.send("hello");
    TestPeer peer = accept();
    std::thread server([&] { serve_tls(peer, context); });
    handler_->wait_for("message hello");
    const std::string large(std::size_t{1} << 20, 'y');
    upstream.send(large.substr(1));
    handler_->wait_for("message " + large.substr(0, 40));
    CPPUNIT_ASSERT_EQUAL(large.size() - 1 + 5, handler_->received.load());
    upstream.close();
    server.join();
    peer.close();
    handler_->wait_for("close closed");
  }

  void a_certificate_of_a_stranger_is_refused() {
    const TlsServerContext context({.identity = certificates_.issue("localhost", "IP:127.0.0.1")});
    host_->connect(tls_target(target_->port(), certificates_.authority(true)), handler_);
    TestPeer peer = accept();
    std::thread server([&] { serve_tls(peer, context); });
    handler_->wait_for("close tls-failed");
    server.join();
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, handler_->lines().size());
    CPPUNIT_ASSERT(!handler_->last_detail.empty());
  }

  void a_tls_handshake_that_takes_too_long() {
    TargetSettings settings = tls_target(target_->port(), certificates_.authority());
    settings.timeout = std::chrono::milliseconds(200);
    host_->connect(settings, handler_);
    TestPeer peer = accept();
    handler_->wait_for("close connect-timeout");
    CPPUNIT_ASSERT_EQUAL(std::string("in the TLS handshake"), handler_->last_detail);
  }

 private:
  static TargetSettings tls_target(std::uint16_t port, const std::string& authority) {
    TargetSettings settings = UpstreamHost::tcp(port);
    settings.transport = TargetSettings::Transport::tls;
    settings.tls = {.authorities = authority, .name = "127.0.0.1"};
    settings.tls_context = std::make_shared<const TlsClientContext>(settings.tls);
    return settings;
  }

  TestCertificates certificates_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(UpstreamTransportTest);

}  // namespace
}  // namespace netkit::testing
