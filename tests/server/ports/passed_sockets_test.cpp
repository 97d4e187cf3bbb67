#include "server/ports/passed_sockets.h"

#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "server/ports/bind.h"
#include "server/ports/port_table.h"
#include "support/files.h"
#include "support/test_host.h"

namespace netkit::testing {
namespace {

class PassedSocketsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(PassedSocketsTest);
  CPPUNIT_TEST(a_socket_is_known_by_its_address);
  CPPUNIT_TEST(a_port_left_to_the_system_is_found_by_name);
  CPPUNIT_TEST(a_unix_socket_is_known_by_its_path);
  CPPUNIT_TEST(what_cannot_be_served_is_refused);
  CPPUNIT_TEST(variables_for_another_process_are_left_alone);
  CPPUNIT_TEST(a_listener_takes_the_socket_instead_of_binding);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_socket_is_known_by_its_address() {
    const Poco::Net::ServerSocket tcp = bind_tcp(any_port());
    const Poco::Net::DatagramSocket udp = bind_udp({"::1", 0, true});
    PassedSockets sockets = passed({{duplicate(tcp), "a"}, {duplicate(udp), "b"}});
    const Address tcp_address{"127.0.0.1", tcp.address().port(), false};
    const Address udp_address{"::1", udp.address().port(), true};
    CPPUNIT_ASSERT(sockets.take("x", Transport::udp, tcp_address) == nullptr);
    CPPUNIT_ASSERT(sockets.take("x", Transport::tcp, {"127.0.0.2", tcp_address.port, false}) == nullptr);
    const std::unique_ptr<Port> first = sockets.take("x", Transport::tcp, tcp_address);
    CPPUNIT_ASSERT(first != nullptr);
    CPPUNIT_ASSERT_EQUAL(tcp_address.port, first->bound().port);
    CPPUNIT_ASSERT((::fcntl(first->descriptor(), F_GETFD) & FD_CLOEXEC) != 0);
    CPPUNIT_ASSERT((::fcntl(first->descriptor(), F_GETFL) & O_NONBLOCK) != 0);
    CPPUNIT_ASSERT(sockets.take("x", Transport::tcp, tcp_address) == nullptr);
    CPPUNIT_ASSERT(sockets.take("x", Transport::udp, udp_address) != nullptr);
    CPPUNIT_ASSERT(sockets.left().empty());
  }

  void a_port_left_to_the_system_is_found_by_name() {
    const Poco::Net::ServerSocket tcp = bind_tcp(any_port());
    PassedSockets sockets = passed({{duplicate(tcp), "mine"}});
    CPPUNIT_ASSERT(sockets.take("other", Transport::tcp, any_port()) == nullptr);
    CPPUNIT_ASSERT(sockets.take("mine", Transport::tcp, any_port()) != nullptr);
  }

  void a_unix_socket_is_known_by_its_path() {
    const test::TemporaryFolder folder;
    const Address address = path_in(folder, "a.sock");
    const UnixSocket bound = bind_unix(address, access());
    PassedSockets sockets = passed({{duplicate(bound.socket), "mine"}});
    CPPUNIT_ASSERT(sockets.left().front().transport == Transport::unix_socket);
    CPPUNIT_ASSERT(sockets.take("mine", Transport::unix_socket, path_in(folder, "b.sock")) == nullptr);
    CPPUNIT_ASSERT(sockets.take("mine", Transport::tcp, {"127.0.0.1", 0, false}) == nullptr);
    const std::unique_ptr<Port> port = sockets.take("other", Transport::unix_socket, address);
    CPPUNIT_ASSERT(port != nullptr);
    CPPUNIT_ASSERT_EQUAL(address.path, to_string(port->bound()));
    CPPUNIT_ASSERT((::fcntl(port->descriptor(), F_GETFL) & O_NONBLOCK) != 0);
    CPPUNIT_ASSERT(!port->file().is_ours());
    CPPUNIT_ASSERT_THROW(port->file().set({0666, ::geteuid(), ::getegid()}), BindError);
  }

  void what_cannot_be_served_is_refused() {
    int pipe[2];
    CPPUNIT_ASSERT_EQUAL(0, ::pipe(pipe));
    const UniqueFd other_end(pipe[1]);
    CPPUNIT_ASSERT_THROW(describe_socket(UniqueFd(pipe[0]), "pipe"), BindError);
    CPPUNIT_ASSERT_THROW(describe_socket(UniqueFd(::socket(AF_INET, SOCK_STREAM, 0)), "not listening"), BindError);
    CPPUNIT_ASSERT_THROW(describe_socket(UniqueFd(::socket(AF_INET, SOCK_DGRAM, 0)), "not bound"), BindError);
    CPPUNIT_ASSERT_THROW(describe_socket(UniqueFd(::socket(AF_UNIX, SOCK_SEQPACKET, 0)), "another kind"), BindError);
    CPPUNIT_ASSERT_THROW(describe_socket(UniqueFd(), "none"), BindError);
    const test::TemporaryFolder folder;
    UniqueFd datagrams(::socket(AF_UNIX, SOCK_DGRAM, 0));
    bind_to(datagrams, path_in(folder, "a.sock").path);
    CPPUNIT_ASSERT_THROW(describe_socket(std::move(datagrams), "datagrams of a path"), BindError);
    UniqueFd abstract(::socket(AF_UNIX, SOCK_STREAM, 0));
    bind_to(abstract, std::string(1, '\0') + folder.path().string());
    CPPUNIT_ASSERT_EQUAL(0, ::listen(abstract.get(), 1));
    CPPUNIT_ASSERT_THROW(describe_socket(std::move(abstract), "a name that is no path"), BindError);
  }

  void variables_for_another_process_are_left_alone() {
    ::setenv("LISTEN_FDS", "5", 1);
    ::setenv("LISTEN_PID", "1", 1);
    CPPUNIT_ASSERT(PassedSockets::from_environment(false).left().empty());
    CPPUNIT_ASSERT(std::getenv("LISTEN_FDS") == nullptr);
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::setenv("LISTEN_FDS", "some", 1);
    CPPUNIT_ASSERT_THROW(PassedSockets::from_environment(false), BindError);
    ::unsetenv("LISTEN_FDS");
    ::unsetenv("LISTEN_PID");
  }

  void a_listener_takes_the_socket_instead_of_binding() {
    const Poco::Net::ServerSocket tcp = bind_tcp(any_port());
    ListenerConfig config;
    config.name = "a";
    config.address = {"127.0.0.1", tcp.address().port(), false};
    config.transports.resize(1);
    PortTable without({}, log_);
    CPPUNIT_ASSERT_THROW(without.acquire(config), BindError);
    PortTable with(passed({{duplicate(tcp), "a"}}), log_);
    CPPUNIT_ASSERT_EQUAL(config.address.port, with.acquire(config).at(0)->bound().port);
  }

 private:
  MemoryLog log_;

  static FileAccess access() { return {0600, ::geteuid(), ::getegid()}; }
  static Address path_in(const test::TemporaryFolder& folder, const char* name) {
    return {.host = {}, .path = (folder.path() / name).string()};
  }
  static void bind_to(const UniqueFd& socket, const std::string& name) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path, sizeof address.sun_path);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    CPPUNIT_ASSERT_EQUAL(0, ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size));
  }
  static Address any_port() { return {"127.0.0.1", 0, false}; }

  template <class Socket>
  static int duplicate(const Socket& socket) {
    return ::dup(socket.impl()->sockfd());
  }

  static PassedSockets passed(const std::vector<std::pair<int, std::string>>& sockets) {
    std::vector<PassedSockets::Socket> described;
    for (const auto& [fd, name] : sockets) described.push_back(describe_socket(UniqueFd(fd), name));
    return PassedSockets(std::move(described));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(PassedSocketsTest);

}  // namespace
}  // namespace netkit::testing
