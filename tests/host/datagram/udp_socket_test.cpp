#include <cppunit/extensions/HelperMacros.h>
#include <sys/epoll.h>

#include <atomic>
#include <set>
#include <string>

#include "host/datagram/datagram_fixture.h"
#include "support/fake_session.h"
#include "support/test_client.h"
#include "support/test_host.h"

namespace netkit::testing {
namespace {

class UdpSocketTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(UdpSocketTest);
  CPPUNIT_TEST(each_message_of_a_datagram_is_answered_by_a_datagram);
  CPPUNIT_TEST(an_empty_datagram_is_answered);
  CPPUNIT_TEST(the_largest_datagram_comes_back);
  CPPUNIT_TEST(an_answer_too_large_for_a_datagram_is_dropped_and_counted);
  CPPUNIT_TEST(a_malformed_datagram_is_dropped_and_the_next_one_served);
  CPPUNIT_TEST(many_datagrams_are_answered_in_order);
  CPPUNIT_TEST(others_have_their_turn_between_large_datagrams);
  CPPUNIT_TEST(many_peers_get_their_own_answers);
  CPPUNIT_TEST(a_blocking_call_on_udp_goes_through_all_messages_of_its_datagram);
  CPPUNIT_TEST(the_answer_comes_from_the_address_that_was_asked);
  CPPUNIT_TEST(a_peer_that_went_away_does_not_stop_the_socket);
  CPPUNIT_TEST(a_datagram_from_a_port_of_our_own_is_not_served);
  CPPUNIT_TEST(a_datagram_from_a_refused_port_is_not_served);
  CPPUNIT_TEST_SUITE_END();

 public:
  void each_message_of_a_datagram_is_answered_by_a_datagram() {
    TestHost host(make_protocol("line", "line", echo_handler()), Transport::udp);
    TestClient client = TestClient::udp(host.port());
    client.send("a\nbc\n");
    CPPUNIT_ASSERT_EQUAL(std::string("a\n"), client.receive());
    CPPUNIT_ASSERT_EQUAL(std::string("bc\n"), client.receive());
  }

  void an_empty_datagram_is_answered() {
    const auto handler = make_handler(
        [](const Message& message, Responder& responder) { responder.send(std::to_string(message.body.size())); });
    TestHost host(make_protocol("datagram", "datagram", handler), Transport::udp);
    TestClient client = TestClient::udp(host.port());
    client.send("");
    CPPUNIT_ASSERT_EQUAL(std::string("0"), client.receive());
  }

  void the_largest_datagram_comes_back() {
    TestHost host(make_protocol("datagram", "datagram", echo_handler()), Transport::udp);
    TestClient client = TestClient::udp(host.port());
    const std::string largest(65'507, 'x');
    client.send(largest);
    CPPUNIT_ASSERT(largest == client.receive());
  }

  void an_answer_too_large_for_a_datagram_is_dropped_and_counted() {
    const auto handler = make_handler([](const Message& message, Responder& responder) {
      responder.send(message.body == "big" ? std::string(70'000, 'x') : std::string("small"));
    });
    TestHost host(make_protocol("datagram", "datagram", handler), Transport::udp);
    TestClient client = TestClient::udp(host.port());
    client.send("big");
    client.send("other");
    CPPUNIT_ASSERT_EQUAL(std::string("small"), client.receive());
    CPPUNIT_ASSERT(eventually([&] { return host.dropped(DatagramDrop::not_sent) == 1; }));
  }

  void a_malformed_datagram_is_dropped_and_the_next_one_served() {
    TestHost host(make_protocol("netstring", "raw", echo_handler()), Transport::udp);
    TestClient client = TestClient::udp(host.port());
    client.send("nonsense");
    client.send("5:hel");
    client.send("2:ok,");
    CPPUNIT_ASSERT_EQUAL(std::string("ok"), client.receive());
    CPPUNIT_ASSERT(eventually([&] { return host.closed(CloseReason::malformed) == 2; }));
  }

  void many_datagrams_are_answered_in_order() {
    TestHost host(make_protocol("datagram", "datagram", echo_handler()), Transport::udp);
    TestClient client = TestClient::udp(host.port());
    for (int i = 0; i < 100; ++i) client.send(std::to_string(i));
    for (int i = 0; i < 100; ++i) CPPUNIT_ASSERT_EQUAL(std::to_string(i), client.receive());
  }

  void others_have_their_turn_between_large_datagrams() {
    constexpr std::size_t kLarge = 16 << 10;  // so that many fit what the kernel keeps for a socket
    constexpr int kSent = 12;
    DatagramFixture fixture;
    std::atomic<int> served{0};
    int in_a_turn = 0;
    const auto context = fixture.context(make_handler([&](const Message&, Responder&) { ++served; }));
    context->datagrams.most_conversations = 0;
    const Poco::Net::DatagramSocket socket = bind_udp({"127.0.0.1", 0, false});
    TestClient client = TestClient::udp(socket.address().port());
    const std::string datagram = std::string(kLarge - 1, 'x') + "\n";
    fixture.on_loop([&] {
      UdpSocket udp(fixture.loops[0], context, socket);
      client.send(datagram);
      udp.on_events(EPOLLIN);
      for (int i = 0; i < kSent; ++i) client.send(datagram);
      udp.on_events(EPOLLIN);
      in_a_turn = served - 1;
      udp.on_events(EPOLLIN);
    });
    CPPUNIT_ASSERT_EQUAL(8, in_a_turn);  // 128 KiB
    CPPUNIT_ASSERT_EQUAL(1 + kSent, served.load());
  }

  void many_peers_get_their_own_answers() {
    const auto handler = make_handler([](const Message&, Responder& responder) {
      responder.send(responder.peer().host + ":" + std::to_string(responder.peer().port));
    });
    TestHost host(make_protocol("datagram", "datagram", handler), Transport::udp);
    for (int i = 0; i < 50; ++i) {
      TestClient client = TestClient::udp(host.port());
      client.send("who am I");
      CPPUNIT_ASSERT_EQUAL("127.0.0.1:" + std::to_string(port_of(client)), client.receive());
    }
  }

  void a_blocking_call_on_udp_goes_through_all_messages_of_its_datagram() {
    TestHost host(make_protocol("line", "line", echo_handler(true)), Transport::udp);
    TestClient client = TestClient::udp(host.port());
    client.send("a\nb\nc\n");
    for (const char* expected : {"a\n", "b\n", "c\n"}) CPPUNIT_ASSERT_EQUAL(std::string(expected), client.receive());
  }

  void the_answer_comes_from_the_address_that_was_asked() {
    MemoryLog log;
    ServerState server;
    WorkerPool workers(1);
    auto context = std::make_shared<ListenerContext>(
        ListenerSettings{.name = "any", .protocol = make_protocol("datagram", "datagram", echo_handler())}, server,
        workers, log);
    EventLoop loop(std::chrono::nanoseconds(0), log);
    const Poco::Net::DatagramSocket socket = bind_udp({"0.0.0.0", 0, false});
    auto channel = std::make_unique<UdpSocket>(loop, context, socket);
    UdpSocket& udp = *channel;
    loop.adopt(std::move(channel));
    udp.start();
    loop.start();
    const UniqueFd client(::socket(AF_INET, SOCK_DGRAM, 0));
    sockaddr_in asked{};
    asked.sin_family = AF_INET;
    asked.sin_port = htons(socket.address().port());
    asked.sin_addr.s_addr = htonl(0x7f000033);  // 127.0.0.51
    ::sendto(client.get(), "x", 1, 0, reinterpret_cast<sockaddr*>(&asked), sizeof asked);
    pollfd wait{client.get(), POLLIN, 0};
    CPPUNIT_ASSERT_EQUAL(1, ::poll(&wait, 1, 20'000));
    char byte = 0;
    sockaddr_in from{};
    socklen_t size = sizeof from;
    CPPUNIT_ASSERT_EQUAL(ssize_t{1}, ::recvfrom(client.get(), &byte, 1, 0, reinterpret_cast<sockaddr*>(&from), &size));
    CPPUNIT_ASSERT_EQUAL(asked.sin_addr.s_addr, from.sin_addr.s_addr);
  }

  void a_peer_that_went_away_does_not_stop_the_socket() {
    TestHost host(make_protocol("datagram", "datagram", echo_handler()), Transport::udp);
    for (int i = 0; i < 20; ++i) TestClient::udp(host.port()).send("gone before the answer");
    TestClient client = TestClient::udp(host.port());
    client.send("here");
    CPPUNIT_ASSERT_EQUAL(std::string("here"), client.receive());
  }

  /// No handler is called: what is counted as a message was handled.
  void a_datagram_from_a_port_of_our_own_is_not_served() {
    TestHost host(make_protocol("datagram", "datagram", echo_handler()), Transport::udp);
    TestClient client = TestClient::udp(host.port());
    const std::uint16_t port = port_of(client);
    host.server().datagram_ports.add(port);
    client.send("loop");
    CPPUNIT_ASSERT(eventually([&] { return host.dropped(DatagramDrop::own_port) == 1; }));
    CPPUNIT_ASSERT(host.log.contains("127.0.0.1:" + std::to_string(port) + " datagram dropped: own-port"));
    host.server().datagram_ports.remove(port);
    client.send("no loop");
    CPPUNIT_ASSERT_EQUAL(std::string("no loop"), client.receive());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, host.context().counters.traffic.sum().received_messages);
  }

  void a_datagram_from_a_refused_port_is_not_served() {
    TestHost host(make_protocol("datagram", "datagram", echo_handler()), Transport::udp);
    TestClient refused = TestClient::udp(host.port());
    TestClient served = TestClient::udp(host.port());
    host.refuse_port(port_of(refused));
    refused.send("chargen");
    CPPUNIT_ASSERT(eventually([&] { return host.dropped(DatagramDrop::refused_port) == 1; }));
    served.send("client");
    CPPUNIT_ASSERT_EQUAL(std::string("client"), served.receive());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, host.context().counters.traffic.sum().received_messages);
  }

 private:
  static std::uint16_t port_of(const TestClient& client) {
    sockaddr_in local{};
    socklen_t size = sizeof local;
    ::getsockname(client.fd(), reinterpret_cast<sockaddr*>(&local), &size);
    return ntohs(local.sin_port);
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(UdpSocketTest);

}  // namespace
}  // namespace netkit::testing
