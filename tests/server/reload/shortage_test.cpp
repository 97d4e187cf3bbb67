#include <cppunit/extensions/HelperMacros.h>
#include <sys/types.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <future>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

#include "server/reload/failing_new.h"
#include "server/service.h"
#include "support/files.h"
#include "support/test_client.h"

namespace netkit::testing {
namespace {

using test::read_file;
using test::TemporaryFolder;
using test::write_file;

constexpr std::int64_t kEnough = std::int64_t{1} << 40;

/// Tells what the service has written once it is ready.
class ReadySignal final : public std::stringbuf {
 public:
  std::string await() { return written_.get_future().get(); }

 private:
  int sync() override {
    written_.set_value(str());
    return 0;
  }

  std::promise<std::string> written_;
};

/// A service whose main thread finds no memory at one point of a reload, whichever that is.
class ShortageTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ShortageTest);
  CPPUNIT_TEST(a_reload_that_finds_no_memory_ends_nothing);
  CPPUNIT_TEST(the_errors_of_a_reload_may_find_no_memory);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    write_config("start");
    Diagnostics errors;
    std::unique_ptr<Generation> generation = Generation::load(config_.string(), libraries_, errors);
    CPPUNIT_ASSERT(errors.empty());
    log_ = std::make_unique<ServerLog>(generation->config().log);
    service_ = std::make_unique<Service>(config_.string(), std::move(generation), libraries_, *log_, signals_, Start{});
    CPPUNIT_ASSERT(service_->bind().empty());
    fail_allocation_after(kEnough);
    thread_ = std::thread([this] {
      watch_allocations_of_this_thread();
      std::ostream out(&ready_);
      service_->run(out);
    });
    const std::string lines = ready_.await();
    port_ = static_cast<std::uint16_t>(std::stoi(lines.substr(lines.find("127.0.0.1:") + 10)));
  }

  void tearDown() override {
    fail_allocation_after(kEnough);
    ::kill(::getpid(), SIGTERM);
    if (thread_.joinable()) thread_.join();
    service_.reset();
  }

  void a_reload_that_finds_no_memory_ends_nothing() {
    // Left out is the middle, where the config is written as JSON to be compared: nlohmann's destructor allocates and
    // is noexcept, so that no memory there ends the program. In the last part the server serves the new config already.
    const std::int64_t all = allocations_of_a_reload();
    for (std::int64_t at = 0; at < all / 4; at += kStride) fail_and_go_on(at);
    for (std::int64_t at = all - kLastPart; at < all; ++at) fail_and_go_on(at);
  }

  void the_errors_of_a_reload_may_find_no_memory() {
    // The first unknown key has the table of known ones built, of JSON: see above.
    write_broken_config();
    ::kill(::getpid(), SIGHUP);
    await([&] { return lines_with("reload failed") > 0; });
    bool fails = true;
    for (std::int64_t at = 0; fails; at += 3) {
      write_broken_config();
      fails = fail_and_go_on(at);
    }
  }

 private:
  static constexpr std::int64_t kStride = 29;
  static constexpr std::int64_t kLastPart = 150;

  void write_config(const std::string& text) {
    const std::string listener = R"({"name": "a", "address": "127.0.0.1:0", "framing": "line", "handler": )";
    write_file(config_, R"({"log": {"file": "log"}, "listeners": [)" + listener + R"({"type": "hello", "text": ")" +
                            text + R"("}}]})");
  }

  void write_broken_config() {
    write_file(config_, R"({"listeners": [{"name": "a b", "adress": 5, "handler": "hello"}], "surplus": true})");
  }

  std::string answer() const {
    TestClient client = TestClient::tcp(port_);
    client.send("x\n");
    return client.receive();
  }

  std::size_t lines_with(const std::string& text) const {
    const std::string log = read_file(folder_.path() / "log");
    std::size_t count = 0;
    for (std::size_t at = log.find(text); at != std::string::npos; at = log.find(text, at + 1)) ++count;
    return count;
  }

  template <class Condition>
  static void await(const Condition& holds) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!holds()) {
      CPPUNIT_ASSERT(std::chrono::steady_clock::now() < end);
      std::this_thread::yield();
    }
  }

  /// Reloads a config that gives another answer, and waits for that.
  void reload_well() {
    const std::string text = "served " + std::to_string(++reloads_);
    write_config(text);
    const std::size_t before = lines_with("reload done");
    ::kill(::getpid(), SIGHUP);
    await([&] { return answer() == text + "\n" && lines_with("reload done") > before; });
  }

  std::int64_t allocations_of_a_reload() {
    reload_well();
    fail_allocation_after(kEnough);
    reload_well();
    return kEnough - allocations_left();
  }

  /// True if the reload came so far that an allocation failed. The server must go on and follow the next config.
  bool fail_and_go_on(std::int64_t at) {
    const std::size_t before = lines_with("reload ");
    fail_allocation_after(at);
    ::kill(::getpid(), SIGHUP);
    await([&] { return allocations_left() < 0 || lines_with("reload ") > before; });
    const bool failed = allocations_left() < 0;
    fail_allocation_after(kEnough);
    reload_well();
    return failed;
  }

  SignalReceiver signals_;  // before all threads
  const TemporaryFolder folder_;
  const std::filesystem::path config_ = folder_.path() / "config.json";
  std::shared_ptr<PluginLibraries> libraries_ = std::make_shared<PluginLibraries>();
  std::unique_ptr<ServerLog> log_;
  std::unique_ptr<Service> service_;
  ReadySignal ready_;
  std::thread thread_;
  std::uint16_t port_ = 0;
  int reloads_ = 0;
};

CPPUNIT_TEST_SUITE_REGISTRATION(ShortageTest);

}  // namespace
}  // namespace netkit::testing
