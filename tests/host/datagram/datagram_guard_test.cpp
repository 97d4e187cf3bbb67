#include <arpa/inet.h>
#include <cppunit/extensions/HelperMacros.h>

#include <cstring>
#include <string>
#include <vector>

#include "host/datagram/datagram_guard.h"
#include "host/datagram/local_addresses.h"

namespace netkit::testing {
namespace {

PeerAddress address(const std::string& host, std::uint16_t port) {
  PeerAddress peer;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(peer.data(), &v4, sizeof v4);
  } else {
    CPPUNIT_ASSERT_EQUAL_MESSAGE(host, 1, ::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr));
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(peer.data(), &v6, sizeof v6);
  }
  return peer;
}

template <class Info>
DatagramRoute route_to(int level, int type, const Info& info) {
  alignas(cmsghdr) char space[DatagramRoute::kControl] = {};
  msghdr message{};
  message.msg_control = space;
  message.msg_controllen = CMSG_SPACE(sizeof info);
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = level;
  header->cmsg_type = type;
  header->cmsg_len = CMSG_LEN(sizeof info);
  std::memcpy(CMSG_DATA(header), &info, sizeof info);
  DatagramRoute route;
  route.read_local(message);
  return route;
}

/// A datagram that came to the unicast address 192.0.2.1.
DatagramRoute from(const std::string& host, std::uint16_t port) {
  in_pktinfo info{};
  ::inet_pton(AF_INET, "192.0.2.1", &info.ipi_addr);
  info.ipi_spec_dst = info.ipi_addr;
  DatagramRoute route = route_to(IPPROTO_IP, IP_PKTINFO, info);
  route.from = address(host, port);
  return route;
}

std::string name(DatagramDrop drop) { return to_string(drop); }

constexpr const char* kOwn = "192.0.2.77";  // of this machine, besides loopback

class DatagramGuardTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DatagramGuardTest);
  CPPUNIT_TEST(an_ordinary_source_is_served);
  CPPUNIT_TEST(ports_of_services_are_refused);
  CPPUNIT_TEST(our_own_ports_are_refused_on_this_machine_only);
  CPPUNIT_TEST(sources_that_are_not_one_host_are_refused);
  CPPUNIT_TEST(what_was_sent_to_many_is_refused);
  CPPUNIT_TEST(the_budget_counts_headers_and_all_answers_together);
  CPPUNIT_TEST(the_budget_of_the_smallest_datagram_holds_the_longest_greeting);
  CPPUNIT_TEST(the_budget_counts_the_least_size_of_frames);
  CPPUNIT_TEST(rounds_between_servers_of_this_machine_are_counted);
  CPPUNIT_TEST(so_many_answers_and_no_more);
  CPPUNIT_TEST(a_source_that_looks_like_a_server_has_a_rate);
  CPPUNIT_TEST(loopback_has_no_budget);
  CPPUNIT_TEST(the_budget_of_a_conversation_adds_up);
  CPPUNIT_TEST(a_shared_port_stays_as_long_as_one_socket_has_it);
  CPPUNIT_TEST(the_kernel_knows_the_local_addresses);
  CPPUNIT_TEST_SUITE_END();

 public:
  void an_ordinary_source_is_served() {
    CPPUNIT_ASSERT_EQUAL(std::string("none"), judge(from("203.0.113.5", 40000)));
    CPPUNIT_ASSERT_EQUAL(std::string("none"), judge(from("127.0.0.1", 40000)));
    CPPUNIT_ASSERT_EQUAL(std::string("none"), judge(from("2001:db8::5", 65535)));
    CPPUNIT_ASSERT_EQUAL(std::string("none"), judge(from("fe80::1", 1)));
  }

  void ports_of_services_are_refused() {
    rules_.refused_ports.add(7, 7);
    rules_.refused_ports.add(0, 0);
    rules_.refused_ports.add(65530, 65535);
    for (const std::uint16_t port : std::vector<std::uint16_t>{0, 7, 65530, 65535}) {
      CPPUNIT_ASSERT_EQUAL(std::string("refused-port"), judge(from("203.0.113.5", port)));
      CPPUNIT_ASSERT_EQUAL(std::string("refused-port"), judge(from("::1", port)));
    }
    for (const std::uint16_t port : std::vector<std::uint16_t>{1, 6, 8, 65529}) {
      CPPUNIT_ASSERT_EQUAL(std::string("none"), judge(from("203.0.113.5", port)));
    }
  }

  void our_own_ports_are_refused_on_this_machine_only() {
    own_ports_.add(7007);
    CPPUNIT_ASSERT_EQUAL(std::string("own-port"), judge(from("127.0.0.1", 7007)));
    CPPUNIT_ASSERT_EQUAL(std::string("own-port"), judge(from("::1", 7007)));
    CPPUNIT_ASSERT_EQUAL(std::string("none"), judge(from("203.0.113.5", 7007)));
    CPPUNIT_ASSERT_EQUAL(std::string("none"), judge(from("127.0.0.1", 7008)));
    own_ports_.remove(7007);
    CPPUNIT_ASSERT_EQUAL(std::string("none"), judge(from("127.0.0.1", 7007)));
  }

  void sources_that_are_not_one_host_are_refused() {
    for (const char* host : {"0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.255", "255.255.255.255", "::", "ff02::1",
                             "::ffff:224.0.0.1"}) {
      CPPUNIT_ASSERT_EQUAL_MESSAGE(host, std::string("bad-source"), judge(from(host, 40000)));
    }
    for (const char* host : {"1.0.0.0", "223.255.255.255", "::2", "fe80::ff", "::ffff:223.0.0.1"}) {
      CPPUNIT_ASSERT_EQUAL_MESSAGE(host, std::string("none"), judge(from(host, 40000)));
    }
  }

  void what_was_sent_to_many_is_refused() {
    in_pktinfo ipv4{};
    ::inet_pton(AF_INET, "192.0.2.255", &ipv4.ipi_addr);
    ::inet_pton(AF_INET, "192.0.2.1", &ipv4.ipi_spec_dst);
    DatagramRoute broadcast = route_to(IPPROTO_IP, IP_PKTINFO, ipv4);
    broadcast.from = address("192.0.2.9", 40000);
    CPPUNIT_ASSERT_EQUAL(std::string("to-many"), judge(broadcast));

    in6_pktinfo ipv6{};
    ::inet_pton(AF_INET6, "ff02::1", &ipv6.ipi6_addr);
    DatagramRoute multicast = route_to(IPPROTO_IPV6, IPV6_PKTINFO, ipv6);
    multicast.from = address("fe80::9", 40000);
    CPPUNIT_ASSERT_EQUAL(std::string("to-many"), judge(multicast));
    ::inet_pton(AF_INET6, "fe80::1", &ipv6.ipi6_addr);
    DatagramRoute unicast = route_to(IPPROTO_IPV6, IPV6_PKTINFO, ipv6);
    unicast.from = multicast.from;
    CPPUNIT_ASSERT_EQUAL(std::string("none"), judge(unicast));
  }

  void the_budget_counts_headers_and_all_answers_together() {
    AnswerBudget ipv4 = budget(address("203.0.113.5", 40000), 100);  // 3 * 128 = 384
    CPPUNIT_ASSERT(taken(ipv4, 100));                                // 128
    CPPUNIT_ASSERT(!taken(ipv4, 229));
    CPPUNIT_ASSERT(taken(ipv4, 228));  // 256
    CPPUNIT_ASSERT(!taken(ipv4, 0));

    rules_.max_amplification = 1;
    AnswerBudget ipv6 = budget(address("2001:db8::5", 40000), 100);
    CPPUNIT_ASSERT(!taken(ipv6, 101));
    CPPUNIT_ASSERT(taken(ipv6, 100));
    CPPUNIT_ASSERT(!taken(ipv6, 0));
  }

  void the_budget_counts_the_least_size_of_frames() {
    // A frame takes 84 bytes at least: 18 bytes of payload in IPv4 fill one.
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{84}, DatagramCost::of(0, false).frames);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{84}, DatagramCost::of(18, false).frames);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{85}, DatagramCost::of(19, false).frames);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1538}, DatagramCost::of(1472, false).frames);
    // Two fragments: 1480 bytes of 1481, and the last one, each with a header.
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1481 + 2 * 58}, DatagramCost::of(1473, false).frames);
    AnswerBudget budget = this->budget(address("203.0.113.5", 40000), 472);  // 1500 in packets, 1614 in frames
    int answers = 0;
    while (taken(budget, 0)) ++answers;
    CPPUNIT_ASSERT_EQUAL(1614 / 84, answers);  // not 1500 / 28
  }

  void rounds_between_servers_of_this_machine_are_counted() {
    constexpr int kEighth = 56;  // hops left
    const auto came = [](const char* host, int hops) {
      DatagramRoute route = route_to(IPPROTO_IP, IP_TTL, hops);
      route.from = address(host, 40000);
      return route;
    };
    rules_.service_rate = BucketSize({2, std::chrono::seconds(1)});
    for (const char* own : {"127.0.0.1", kOwn}) {
      CPPUNIT_ASSERT_EQUAL_MESSAGE(own, std::string("answer-loop"), judge(came(own, kEighth)));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(own, std::string("none"), judge(came(own, kEighth + 1)));
    }
    DatagramRoute elsewhere = came("203.0.113.5", kEighth);
    CPPUNIT_ASSERT_EQUAL(std::string("none"), name(guard_.judge(rules_, elsewhere)));
    CPPUNIT_ASSERT_EQUAL(0, elsewhere.rounds());  // its answer leaves as any other
    rules_.service_rate = {};
    CPPUNIT_ASSERT_EQUAL(std::string("none"), judge(came(kOwn, kEighth)));
  }

  void so_many_answers_and_no_more() {
    rules_.max_answers = 3;
    for (const char* host : {"127.0.0.1", "203.0.113.5"}) {
      AnswerBudget budget = this->budget(address(host, 40000), 1000);
      for (int i = 0; i < 3; ++i) CPPUNIT_ASSERT(taken(budget, 1));
      CPPUNIT_ASSERT_EQUAL(std::string("too-many-answers"), std::string(to_string(budget.take(1))));
    }
  }

  void a_source_that_looks_like_a_server_has_a_rate() {
    rules_.service_rate = BucketSize({2, std::chrono::seconds(1)});
    TimePoint now = Clock::now();
    const auto answered = [&](const PeerAddress& from) {
      AnswerBudget budget = guard_.budget(rules_, from, 10, now);
      return std::string(to_string(budget.take(1)));
    };
    for (const char* host : {"127.0.0.1", "2001:db8::5"}) {
      for (int i = 0; i < 2; ++i) CPPUNIT_ASSERT_EQUAL(std::string("none"), answered(address(host, 7007)));
      CPPUNIT_ASSERT_EQUAL(std::string("service-rate"), answered(address(host, 7007)));
      CPPUNIT_ASSERT_EQUAL(std::string("none"), answered(address(host, 7008)));
      for (int i = 0; i < 100; ++i) CPPUNIT_ASSERT_EQUAL(std::string("none"), answered(address(host, 40000)));
    }
    now += std::chrono::seconds(1);
    CPPUNIT_ASSERT_EQUAL(std::string("none"), answered(address("127.0.0.1", 7007)));
    for (std::uint32_t i = 0; i < 5000; ++i) {
      answered(address(("10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250)).c_str(), 1000));
    }
    CPPUNIT_ASSERT_EQUAL(std::string("service-rate"), answered(address("10.9.9.9", 1000)));  // no room for one more
    rules_.service_rate = {};
    CPPUNIT_ASSERT_EQUAL(std::string("none"), answered(address("10.9.9.9", 1000)));
  }

  void the_budget_of_the_smallest_datagram_holds_the_longest_greeting() {
    const std::string ipv4 = "hello,('255.255.255.255', 65535)";
    AnswerBudget small = budget(address("203.0.113.255", 65535), 0);
    CPPUNIT_ASSERT(taken(small, ipv4.size()));
    const std::string ipv6 = "hello,('ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 65535)";
    AnswerBudget small6 = budget(address("2001:db8::5", 65535), 0);
    CPPUNIT_ASSERT(taken(small6, ipv6.size()));
  }

  void loopback_has_no_budget() {
    for (const char* host : {"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"}) {
      AnswerBudget budget = this->budget(address(host, 40000), 0);
      for (int i = 0; i < 1000; ++i) CPPUNIT_ASSERT_MESSAGE(host, taken(budget, 65507));
    }
    for (const char* host : {"128.0.0.1", "::2"}) {
      AnswerBudget budget = this->budget(address(host, 40000), 0);
      CPPUNIT_ASSERT_MESSAGE(host, !taken(budget, 65507));
    }
  }

  void the_budget_of_a_conversation_adds_up() {
    const PeerAddress peer = address("203.0.113.5", 40000);
    AnswerBudget budget = this->budget(peer, 100);  // 3 * 128 = 384
    CPPUNIT_ASSERT(taken(budget, 228));             // 256
    budget.add(this->budget(peer, 0));              // 3 * 28 = 84
    CPPUNIT_ASSERT(!taken(budget, 185));
    CPPUNIT_ASSERT(taken(budget, 184));  // 212
    CPPUNIT_ASSERT(!taken(budget, 0));

    AnswerBudget loopback = this->budget(address("127.0.0.1", 40000), 0);
    loopback.add(loopback);
    CPPUNIT_ASSERT(taken(loopback, 65507));
  }

  void a_shared_port_stays_as_long_as_one_socket_has_it() {
    own_ports_.add(64);
    own_ports_.add(64);
    own_ports_.add(65535);
    own_ports_.remove(64);
    CPPUNIT_ASSERT(own_ports_.contains(64));
    own_ports_.remove(64);
    own_ports_.remove(64);
    CPPUNIT_ASSERT(!own_ports_.contains(64));
    CPPUNIT_ASSERT(own_ports_.contains(65535));
  }

  void the_kernel_knows_the_local_addresses() {
    LocalAddresses local;
    CPPUNIT_ASSERT(local.contains(address("127.0.0.1", 1)));
    CPPUNIT_ASSERT(local.contains(address("127.9.8.7", 1)));
    CPPUNIT_ASSERT(!local.contains(address("203.0.113.77", 1)));
    CPPUNIT_ASSERT(!local.contains(address("2001:db8::77", 1)));
  }

 private:
  AnswerBudget budget(const PeerAddress& from, std::size_t size) {
    return guard_.budget(rules_, from, size, Clock::now());
  }
  static bool taken(AnswerBudget& budget, std::size_t size) { return budget.take(size) == DatagramDrop::none; }
  std::string judge(DatagramRoute route) const { return name(guard_.judge(rules_, route)); }

  DatagramRules rules_{.max_amplification = 3};
  SharedPortSet own_ports_;
  DatagramGuard guard_{own_ports_, [](const PeerAddress& peer) { return peer.peer().host == kOwn; }};
};
CPPUNIT_TEST_SUITE_REGISTRATION(DatagramGuardTest);

}  // namespace
}  // namespace netkit::testing
