#include "server/ports/port_table.h"

#include <cppunit/extensions/HelperMacros.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "server/ports/bind.h"
#include "support/files.h"
#include "support/test_client.h"
#include "support/test_host.h"

namespace netkit::testing {
namespace {

class PortTableTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(PortTableTest);
  CPPUNIT_TEST(a_port_in_use_is_taken_again);
  CPPUNIT_TEST(another_listener_gets_a_named_address_but_not_a_free_port);
  CPPUNIT_TEST(both_transports_have_the_same_number);
  CPPUNIT_TEST(what_is_not_kept_is_not_found);
  CPPUNIT_TEST(unused_ports_are_closed_with_their_files);
  CPPUNIT_TEST(a_socket_that_was_passed_in_is_taken);
  CPPUNIT_TEST(files_that_are_handed_over_stay);
  CPPUNIT_TEST(an_address_in_use_is_refused);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_port_in_use_is_taken_again() {
    const std::shared_ptr<Port> first = acquire(tcp("a"));
    table_.keep(first);
    CPPUNIT_ASSERT(acquire(tcp("a")) == first);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, table_.all().size());
    table_.keep(first);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, table_.all().size());
  }

  void another_listener_gets_a_named_address_but_not_a_free_port() {
    const std::shared_ptr<Port> free = acquire(tcp("a"));
    table_.keep(free);
    CPPUNIT_ASSERT(acquire(tcp("b")) != free);
    const ListenerConfig named = unix_socket("a");
    const std::shared_ptr<Port> socket = acquire(named);
    table_.keep(socket);
    CPPUNIT_ASSERT(acquire(unix_socket("b")) == socket);
  }

  void both_transports_have_the_same_number() {
    ListenerConfig both = tcp("a");
    both.transports.push_back({Transport::udp, {}});
    const Ports ports = table_.acquire(both);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, ports.size());
    CPPUNIT_ASSERT(ports[0]->transport() == Transport::tcp);
    CPPUNIT_ASSERT(ports[1]->transport() == Transport::udp);
    CPPUNIT_ASSERT(ports[0]->bound().port != 0);
    CPPUNIT_ASSERT_EQUAL(ports[0]->bound().port, ports[1]->bound().port);
    CPPUNIT_ASSERT_EQUAL(std::uint16_t{0}, ports[0]->configured().port);
  }

  void what_is_not_kept_is_not_found() {
    const std::shared_ptr<Port> first = acquire(tcp("a"));
    CPPUNIT_ASSERT(table_.all().empty());
    CPPUNIT_ASSERT(acquire(tcp("a")) != first);
  }

  void unused_ports_are_closed_with_their_files() {
    std::shared_ptr<Port> used = acquire(tcp("a"));
    table_.keep(used);
    table_.keep(acquire(unix_socket("b")));
    CPPUNIT_ASSERT(std::filesystem::exists(path_));
    table_.close_unused();
    CPPUNIT_ASSERT(!std::filesystem::exists(path_));
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, table_.all().size());
    const std::uint16_t number = used->bound().port;
    TestClient::tcp(number);
    used.reset();
    table_.close_unused();
    CPPUNIT_ASSERT_THROW(TestClient::tcp(number), std::system_error);
  }

  void a_socket_that_was_passed_in_is_taken() {
    const auto open = bind_tcp({"127.0.0.1", 0, false});
    const std::uint16_t number = open.address().port();
    std::vector<PassedSockets::Socket> sockets;
    sockets.push_back(describe_socket(UniqueFd(::dup(open.impl()->sockfd())), "a"));
    PortTable table(PassedSockets(std::move(sockets)), log_);
    const Ports ports = table.acquire(tcp("a"));
    CPPUNIT_ASSERT_EQUAL(number, ports.at(0)->bound().port);
    CPPUNIT_ASSERT(table.passed().left().empty());
    CPPUNIT_ASSERT(table.acquire(tcp("a")).at(0)->bound().port != number);  // it is there once
  }

  void files_that_are_handed_over_stay() {
    table_.keep(acquire(unix_socket("a")));
    table_.hand_over_files();
    table_.close_all();
    CPPUNIT_ASSERT(std::filesystem::exists(path_));
  }

  void an_address_in_use_is_refused() {
    const auto other = bind_tcp({"127.0.0.1", 0, false});
    ListenerConfig listener = tcp("a");
    listener.address.port = other.address().port();
    CPPUNIT_ASSERT_THROW(table_.acquire(listener), BindError);
    CPPUNIT_ASSERT(table_.all().empty());
  }

 private:
  static ListenerConfig tcp(const std::string& name) {
    ListenerConfig listener;
    listener.name = name;
    listener.address = {"127.0.0.1", 0, false};
    listener.transports = {{Transport::tcp, {}}};
    return listener;
  }
  ListenerConfig unix_socket(const std::string& name) const {
    ListenerConfig listener;
    listener.name = name;
    listener.address.path = path_;
    listener.transports = {{Transport::unix_socket, {}}};
    return listener;
  }
  std::shared_ptr<Port> acquire(const ListenerConfig& listener) { return table_.acquire(listener).at(0); }

  const test::TemporaryFolder folder_;
  const std::string path_ = (folder_.path() / "socket").string();
  MemoryLog log_;
  PortTable table_{PassedSockets(), log_};
};
CPPUNIT_TEST_SUITE_REGISTRATION(PortTableTest);

}  // namespace
}  // namespace netkit::testing
