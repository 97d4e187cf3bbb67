#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <future>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "allocations/counting_new.h"
#include "support/fake_session.h"
#include "support/test_client.h"
#include "support/test_host.h"

namespace netkit::testing {
namespace {

constexpr std::size_t kConnections = 100;
constexpr std::chrono::seconds kIdle{60};
constexpr std::int64_t kRecorded = 880;         // bytes, of a release build
constexpr std::int64_t kMost = kRecorded + 16;  // one step of malloc

/// The heap that connections take with which nothing happens: their own blocks, without the loop's lists, which keep
/// the room that they have had.
class IdleConnectionTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(IdleConnectionTest);
  CPPUNIT_TEST(a_new_connection_is_small);
  CPPUNIT_TEST(a_connection_is_as_small_after_a_message);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    host_ = std::make_unique<TestHost>(make_protocol("length", "length", echo_handler()), Transport::tcp, 1000, kIdle);
    clients_.reserve(kConnections);
    wait_for_channels(1);  // the acceptor
    connect();
    ask();  // the loop's own lists and buffers have their size now
    clients_.clear();
    wait_for_channels(1);
    before_ = settled_heap();
  }
  void tearDown() override {
    clients_.clear();
    host_.reset();
  }

  void a_new_connection_is_small() {
    connect();
    check("a new TCP connection");
  }

  void a_connection_is_as_small_after_a_message() {
    connect();
    ask();
    check("an idle TCP connection after a message");
  }

 private:
  void connect() {
    while (clients_.size() < kConnections) clients_.push_back(TestClient::tcp(host_->port()));
    wait_for_channels(1 + kConnections);
  }
  void wait_for_channels(std::size_t count) {
    CPPUNIT_ASSERT(eventually([&] { return host_->loop().channels() == count; }));
  }

  void ask() {
    const std::string message("\0\0\0\5hello", 9);
    for (TestClient& client : clients_) {
      client.send(message);
      CPPUNIT_ASSERT_EQUAL(message, client.receive(message.size()));
    }
  }

  /// Read by the loop itself, while nothing else runs.
  LiveHeap settled_heap() {
    std::promise<LiveHeap> heap;
    host_->loop().post([&] { heap.set_value(live_heap()); });
    return heap.get_future().get();
  }

  void check(const char* what) {
    const LiveHeap now = settled_heap();
    const auto connections = static_cast<std::int64_t>(kConnections);
    const std::int64_t bytes = (now.bytes - before_.bytes) / connections;
    std::cout << "\n"
              << what << ": " << bytes << " bytes of heap in " << (now.blocks - before_.blocks) / connections
              << " blocks\n";
    CPPUNIT_ASSERT_MESSAGE("at most " + std::to_string(kMost), kMost >= bytes);
  }

  std::unique_ptr<TestHost> host_;
  std::vector<TestClient> clients_;
  LiveHeap before_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(IdleConnectionTest);

}  // namespace
}  // namespace netkit::testing
