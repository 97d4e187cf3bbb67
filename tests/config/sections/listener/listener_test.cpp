#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "config/loading.h"

namespace netkit::test {

class ListenerSectionTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ListenerSectionTest);
  CPPUNIT_TEST(tcp_and_raw_by_default);
  CPPUNIT_TEST(framing_of_each_transport);
  CPPUNIT_TEST(options_of_the_handler);
  CPPUNIT_TEST(filters_from_the_outermost_on);
  CPPUNIT_TEST(places_of_options);
  CPPUNIT_TEST(access_and_proxy);
  CPPUNIT_TEST(unix_sockets);
  CPPUNIT_TEST(udp_sessions);
  CPPUNIT_TEST_SUITE_END();

 public:
  void tcp_and_raw_by_default() {
    FakeTypes types;
    for (const char* name : {"windows.json", "windows.ini"}) {
      const ListenerConfig listener = load_good(types, kGood / name).listeners.at(0);
      CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1:0"), to_string(listener.address));
      CPPUNIT_ASSERT_EQUAL(std::size_t{1}, listener.transports.size());
      CPPUNIT_ASSERT(listener.transports[0].transport == Transport::tcp);
      CPPUNIT_ASSERT_EQUAL(std::string("raw"), listener.transports[0].framing.in.type);
      CPPUNIT_ASSERT_EQUAL(std::uint64_t{1} << 20, listener.transports[0].framing.in.options.size("max"));
    }
  }

  void framing_of_each_transport() {
    const ListenerConfig both = load_everything().listeners.at(1);
    CPPUNIT_ASSERT_EQUAL(std::string("raw"), both.transports.at(0).framing.out.type);
    CPPUNIT_ASSERT_EQUAL(std::string("datagram"), both.transports.at(1).framing.out.type);
  }

  void options_of_the_handler() {
    const ServerConfig config = load_everything();
    const Options& shell = config.listeners.at(3).handler.options;
    CPPUNIT_ASSERT(shell.flag("shell"));
    CPPUNIT_ASSERT(shell.duration("timeout") == std::chrono::milliseconds(1500));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{-5}, shell.integer("nice"));
    CPPUNIT_ASSERT_EQUAL(std::size_t{4}, shell.table("commands").at("say").size());
    const std::string root = (std::filesystem::absolute(kGood) / "sub").lexically_normal().string();
    CPPUNIT_ASSERT_EQUAL(root, config.listeners.at(4).handler.options.text("root"));
  }

  void filters_from_the_outermost_on() {
    const std::vector<Choice> filters = load_everything().listeners.at(1).filters;
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, filters.size());
    CPPUNIT_ASSERT_EQUAL(std::string("log"), filters[0].type);
    CPPUNIT_ASSERT_EQUAL(std::string("throttle"), filters[1].type);
    CPPUNIT_ASSERT(filters[1].options.rate("rate") == (Rate{10, std::chrono::seconds(1)}));
  }

  void udp_sessions() {
    const ServerConfig config = load_everything();
    CPPUNIT_ASSERT(!config.listeners.at(0).udp_sessions);
    CPPUNIT_ASSERT(config.listeners.at(1).udp_sessions->idle == std::chrono::seconds(30));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{10'000}, config.listeners.at(1).udp_sessions->max);
    CPPUNIT_ASSERT(config.listeners.at(2).udp_sessions->idle == std::chrono::seconds(5));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{7}, config.listeners.at(2).udp_sessions->max);
  }

  /// The server reports an option that its handler refuses at these places.
  void places_of_options() {
    const ServerConfig config = load_everything();
    const Choice& shell = config.listeners.at(3).handler;
    CPPUNIT_ASSERT_EQUAL(18, shell.where.line);
    CPPUNIT_ASSERT_EQUAL(19, shell.place_of("nice").line);
    CPPUNIT_ASSERT_EQUAL(67, shell.place_of("nice").column);
    CPPUNIT_ASSERT_EQUAL(12, config.listeners.at(1).address_where.line);
    const Choice& plain = config.listeners.at(0).handler;
    CPPUNIT_ASSERT_EQUAL(plain.where.line, plain.place_of("nice").line);
  }

  void access_and_proxy() {
    const ListenerConfig guarded = load_everything().listeners.at(6);
    CPPUNIT_ASSERT_EQUAL(std::string("10.0.0.0/8"), to_string(guarded.access.allow.at(0)));
    CPPUNIT_ASSERT_EQUAL(std::string("10.9.0.0/16"), to_string(guarded.access.deny.at(0)));
    CPPUNIT_ASSERT(guarded.proxy.protocol == ProxyProtocol::optional);
    CPPUNIT_ASSERT_EQUAL(std::string("10.0.0.0/8"), to_string(guarded.proxy.from.at(0)));
  }

  void unix_sockets() {
    const ServerConfig config = load_everything();
    const ListenerConfig& local = config.listeners.at(7);
    CPPUNIT_ASSERT(local.transports.at(0).transport == Transport::unix_socket);
    const std::filesystem::path path = std::filesystem::absolute(kGood) / "local.sock";
    CPPUNIT_ASSERT_EQUAL(path.lexically_normal().string(), local.address.path);
    CPPUNIT_ASSERT_EQUAL(local.address.path, to_string(local.address));
    CPPUNIT_ASSERT_EQUAL(0660U, local.socket.mode);
    CPPUNIT_ASSERT_EQUAL(std::string("nobody"), local.socket.owner);
    CPPUNIT_ASSERT_EQUAL(std::string("nogroup"), local.socket.group);
    CPPUNIT_ASSERT_EQUAL(std::string("line"), local.transports.at(0).framing.in.type);
    const SocketAccess& own = config.listeners.at(8).socket;
    CPPUNIT_ASSERT_EQUAL(0600U, own.mode);
    CPPUNIT_ASSERT(own.owner.empty() && own.group.empty());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ListenerSectionTest);

}  // namespace netkit::test
