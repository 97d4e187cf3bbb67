#include "server/server.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "server/reload/generation.h"
#include "support/test_client.h"
#include "support/test_host.h"

namespace netkit::testing {
namespace {

namespace fs = std::filesystem;

/// A server in this process that is given one config after the other.
class ServerTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ServerTest);
  CPPUNIT_TEST(a_changed_listener_keeps_its_socket_and_its_connections);
  CPPUNIT_TEST(an_untouched_listener_keeps_its_handler);
  CPPUNIT_TEST(a_removed_listener_stops_and_drains);
  CPPUNIT_TEST(what_cannot_be_bound_changes_nothing);
  CPPUNIT_TEST(two_listeners_may_exchange_their_addresses);
  CPPUNIT_TEST(a_listener_may_take_over_a_renamed_ones_socket);
  CPPUNIT_TEST(to_linger_is_a_part_of_the_drain);
  CPPUNIT_TEST(the_drain_ends_in_its_time);
  CPPUNIT_TEST(a_worker_that_does_not_end_is_waited_for_until_somebody_is_in_a_hurry);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    file_ = fs::temp_directory_path() / ("netkit-server-test-" + std::to_string(::getpid()) + ".json");
    server_ = std::make_unique<Server>(EventLoops{.count = 2}, log_);
    generation_ = nullptr;
    started_ = false;
  }
  void tearDown() override {
    server_.reset();
    fs::remove(file_);
  }

  void a_changed_listener_keeps_its_socket_and_its_connections() {
    apply(entry("a", 0, "line", "uppercase"));
    const std::uint16_t port = port_of("a");
    TestClient old = TestClient::tcp(port);
    CPPUNIT_ASSERT_EQUAL(std::string("X\n"), ask(old, "x\n"));
    apply(entry("a", 0, "line", "echo"));
    CPPUNIT_ASSERT_EQUAL(port, port_of("a"));
    CPPUNIT_ASSERT_EQUAL(std::string("x\n"), ask_new(port, "x\n"));
    CPPUNIT_ASSERT_EQUAL(std::string("X\n"), ask(old, "x\n"));
    apply(entry("a", 0, "netstring", "echo"));
    CPPUNIT_ASSERT_EQUAL(std::string("1:x,"), ask_new(port, "1:x,"));
    CPPUNIT_ASSERT_EQUAL(std::string("X\n"), ask(old, "x\n"));
  }

  void an_untouched_listener_keeps_its_handler() {
    apply(entry("a", 0, "line", "uppercase") + "," + entry("b", 0, "line", "echo"));
    const std::uint16_t port = port_of("a");
    TestClient old = TestClient::tcp(port);
    CPPUNIT_ASSERT_EQUAL(std::string("X\n"), ask(old, "x\n"));
    apply(entry("b", 0, "line", "hello") + "," + entry("a", 0, "line", "uppercase"));
    CPPUNIT_ASSERT_EQUAL(port, port_of("a"));
    CPPUNIT_ASSERT_EQUAL(std::string("X\n"), ask(old, "x\n"));
  }

  void a_removed_listener_stops_and_drains() {
    apply(entry("a", 0, "line", "uppercase") + "," + entry("b", 0, "line", "echo"));
    const std::uint16_t port = port_of("b");
    TestClient old = TestClient::tcp(port);
    CPPUNIT_ASSERT_EQUAL(std::string("x\n"), ask(old, "x\n"));
    apply(entry("a", 0, "line", "uppercase"));
    CPPUNIT_ASSERT_EQUAL(std::string(), old.receive_all());
    CPPUNIT_ASSERT(refused(port));
  }

  void what_cannot_be_bound_changes_nothing() {
    apply(entry("a", 0, "line", "uppercase"));
    const std::uint16_t port = port_of("a");
    TestClient old = TestClient::tcp(port);
    const Poco::Net::ServerSocket taken = bind_tcp({"127.0.0.1", 0, false});
    const Diagnostics errors =
        try_apply(entry("a", 0, "line", "echo") + "," + entry("b", taken.address().port(), "line", "echo"));
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, errors.size());
    CPPUNIT_ASSERT(errors[0].text.find("in use") != std::string::npos);
    CPPUNIT_ASSERT_EQUAL(std::string("X\n"), ask(old, "x\n"));
    CPPUNIT_ASSERT_EQUAL(std::string("X\n"), ask_new(port, "x\n"));
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, server_->listening().size());
  }

  void two_listeners_may_exchange_their_addresses() {
    const std::uint16_t one = free_port();
    const std::uint16_t two = free_port();
    apply(entry("a", one, "line", "uppercase") + "," + entry("b", two, "line", "echo"));
    apply(entry("a", two, "line", "uppercase") + "," + entry("b", one, "line", "echo"));
    CPPUNIT_ASSERT_EQUAL(std::string("X\n"), ask_new(two, "x\n"));
    CPPUNIT_ASSERT_EQUAL(std::string("x\n"), ask_new(one, "x\n"));
  }

  void a_listener_may_take_over_a_renamed_ones_socket() {
    const std::uint16_t port = free_port();
    apply(entry("a", port, "line", "uppercase"));
    apply(entry("b", port, "line", "echo"));
    CPPUNIT_ASSERT_EQUAL(std::string("x\n"), ask_new(port, "x\n"));
  }

  /// Were it not, this would take an hour.
  void to_linger_is_a_part_of_the_drain() {
    drain_ = "100ms";
    apply(entry("a", 0, "line", "echo"));
    TestClient idle = TestClient::tcp(port_of("a"));
    CPPUNIT_ASSERT_EQUAL(std::string("x\n"), ask(idle, "x\n"));
    CPPUNIT_ASSERT(server_->stop([] { return false; }, std::chrono::hours(1)));
  }

  /// Counted in looks, which are 10 ms apart at least.
  void the_drain_ends_in_its_time() {
    drain_ = "400ms";
    apply(entry("a", 0, "line", R"({"type": "exec", "shell": true})"));
    TestClient client = TestClient::tcp(port_of("a"));
    client.send("exec sleep 1000\n");
    int looks = 0;
    const auto count = [&] {
      if (!log_.contains("cut off, as the time to drain is over")) ++looks;
      return false;
    };
    CPPUNIT_ASSERT(server_->stop(count, std::chrono::seconds(0)));
    CPPUNIT_ASSERT(log_.contains("cut off, as the time to drain is over"));
    CPPUNIT_ASSERT(looks <= 60);
  }

  void a_worker_that_does_not_end_is_waited_for_until_somebody_is_in_a_hurry() {
    drain_ = "10ms";
    plugins_ = std::getenv("NETKIT_BUILD") + std::string("/tests/stuck-plugins");
    const std::string fifo = file_.string() + ".fifo";
    CPPUNIT_ASSERT_EQUAL(0, ::mkfifo(fifo.c_str(), 0600));
    apply(entry("a", 0, "line", R"({"type": "stuck", "blocks": true})"));
    TestClient client = TestClient::tcp(port_of("a"));
    client.send("wait " + fifo + "\n");
    int looks = 0;
    CPPUNIT_ASSERT(!server_->stop([&] { return ++looks == 50; }, std::chrono::seconds(0)));
    CPPUNIT_ASSERT_EQUAL(50, looks);
    CPPUNIT_ASSERT(log_.contains("a handler does not end; leaving without it"));
    { std::ofstream let_it_go(fifo); }
    CPPUNIT_ASSERT(server_->stop([] { return false; }, std::chrono::seconds(0)));
    fs::remove(fifo);
  }

 private:
  static std::string entry(const std::string& name, int port, const std::string& framing, const std::string& handler) {
    return R"({"name": ")" + name + R"(", "address": "127.0.0.1:)" + std::to_string(port) + R"(", "framing": ")" +
           framing + R"(", "handler": )" + (handler.front() == '{' ? handler : '"' + handler + '"') + "}";
  }

  static std::string ask(TestClient& client, const std::string& question) {
    client.send(question);
    return client.receive();
  }
  static std::string ask_new(std::uint16_t port, const std::string& question) {
    TestClient client = TestClient::tcp(port);
    return ask(client, question);
  }
  static bool refused(std::uint16_t port) {
    try {
      TestClient::tcp(port);
      return false;
    } catch (const std::system_error& error) {
      return error.code().value() == ECONNREFUSED;
    }
  }

  static std::uint16_t free_port() { return bind_tcp({"127.0.0.1", 0, false}).address().port(); }

  Diagnostics try_apply(const std::string& listeners) {
    std::ofstream(file_) << R"({"plugin_path": [")" << std::getenv("NETKIT_BUILD") << R"(/lib/netkit/plugins", ")"
                         << plugins_ << R"("], )"
                         << R"("timeouts": {"drain": ")" << drain_ << R"("}, "listeners": [)" << listeners << "]}";
    Diagnostics errors;
    auto next = Generation::load(file_.string(), libraries_, errors);
    if (!next) return errors;
    const ReloadPlan plan(generation_ ? generation_->flat() : FlatConfig(), next->flat());
    errors = server_->apply(next->config(), plan, next->loader());
    if (errors.empty()) generation_ = std::move(next);
    return errors;
  }

  void apply(const std::string& listeners) {
    for (const Diagnostic& error : try_apply(listeners)) CPPUNIT_FAIL(to_string(error));
    if (!std::exchange(started_, true)) server_->start();
  }

  std::uint16_t port_of(const std::string& name) const {
    const std::string line = server_->listening(name).at(0);
    const std::size_t colon = line.find("127.0.0.1:") + 10;
    return static_cast<std::uint16_t>(std::stoi(line.substr(colon)));
  }

  MemoryLog log_;
  fs::path file_;
  std::shared_ptr<PluginLibraries> libraries_ = std::make_shared<PluginLibraries>();
  std::unique_ptr<Generation> generation_;
  std::unique_ptr<Server> server_;
  bool started_ = false;
  std::string drain_ = "30s";
  std::string plugins_ = ".";  // a further folder of them
};
CPPUNIT_TEST_SUITE_REGISTRATION(ServerTest);

}  // namespace
}  // namespace netkit::testing
