#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>

#include "support/fake_session.h"
#include "support/test_client.h"
#include "support/test_host.h"

namespace netkit::testing {
namespace {

constexpr std::size_t kMessage = std::size_t{1} << 20;

/// What the decoder below has seen.
struct Watch {
  std::atomic<EventLoop*> loop{nullptr};
  std::atomic<int> most_in_a_turn{0};
};

/// Messages of 1 MiB. Notes how often it was asked for more bytes in one turn of its loop.
class WatchingDecoder final : public Decoder {
 public:
  explicit WatchingDecoder(Watch& watch) : watch_(watch) {}

  Decoded decode(std::string_view bytes) override {
    if (bytes.size() >= kMessage) {
      return {.status = Decoded::Status::message, .size = kMessage, .message = {.body = bytes.substr(0, kMessage)}};
    }
    const TimePoint turn = watch_.loop.load()->now();
    in_this_turn_ = turn == turn_ ? in_this_turn_ + 1 : 1;
    turn_ = turn;
    watch_.most_in_a_turn = std::max(watch_.most_in_a_turn.load(), in_this_turn_);
    return {.size = kMessage};
  }

 private:
  Watch& watch_;
  TimePoint turn_{};
  int in_this_turn_ = 0;
};

class LargeMessageTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LargeMessageTest);
  CPPUNIT_TEST(one_that_has_come_is_read_in_one_turn_where_nobody_else_is_about);
  CPPUNIT_TEST_SUITE_END();

 public:
  void one_that_has_come_is_read_in_one_turn_where_nobody_else_is_about() {
    Watch watch;
    Protocol protocol = make_protocol("raw", "raw", echo_handler());
    use_decoder(protocol, [&] { return std::make_unique<WatchingDecoder>(watch); });
    TestHost host(std::move(protocol), Transport::tcp);
    watch.loop = &host.loop();
    TestClient client = TestClient::tcp(host.port());
    const std::string message(kMessage, 'm');
    // Accepting it was the loop's business until now, and how much has come at once is the kernel's.
    CPPUNIT_ASSERT(eventually([&] {
      client.send(message);
      CPPUNIT_ASSERT(client.receive(kMessage) == message);
      return watch.most_in_a_turn >= 3;
    }));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LargeMessageTest);

}  // namespace
}  // namespace netkit::testing
