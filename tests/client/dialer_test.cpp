#include <arpa/inet.h>
#include <cppunit/TestAssert.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "netkit-client/connection/dialer.h"
#include "netkit-client/failure.h"
#include "netkit/unique_fd.h"

namespace netkit::client {
namespace {

using Texts = std::vector<std::string>;

PeerAddress loopback(std::uint16_t port, const std::string& text = {}) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  PeerAddress peer{.size = sizeof address, .text = text};
  std::memcpy(&peer.storage, &address, sizeof address);
  return peer;
}

/// A port of the loopback.
class Listener {
 public:
  explicit Listener(int backlog = 16) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const PeerAddress any = loopback(0);
    sockaddr_in bound{};
    socklen_t size = sizeof bound;
    if (::bind(socket_.get(), any.get(), any.size) != 0 || ::listen(socket_.get(), backlog) != 0 ||
        ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&bound), &size) != 0) {
      throw std::runtime_error("cannot listen");
    }
    port_ = ntohs(bound.sin_port);
  }

  PeerAddress address(const std::string& text) const { return loopback(port_, text); }

  /// Fills the accept queue, so that further connections get no answer.
  void fill() {
    const PeerAddress own = address("");
    for (;;) {
      UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      ::connect(socket.get(), own.get(), own.size);
      pollfd event{socket.get(), POLLOUT, 0};
      const bool connected = ::poll(&event, 1, 200) == 1;
      waiting_.push_back(std::move(socket));
      if (!connected) return;
    }
  }

 private:
  UniqueFd socket_;
  std::uint16_t port_ = 0;
  std::vector<UniqueFd> waiting_;
};

PeerAddress refused() {
  const Listener gone;
  return gone.address("refused");
}

class DialerTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DialerTest);
  CPPUNIT_TEST(one_that_does_not_answer_holds_nobody_up);
  CPPUNIT_TEST(one_that_refuses_is_followed_at_once);
  CPPUNIT_TEST(each_has_its_time);
  CPPUNIT_TEST(the_last_reason_is_told);
  CPPUNIT_TEST(a_single_address_is_not_told);
  CPPUNIT_TEST(families_take_turns);
  CPPUNIT_TEST_SUITE_END();

  Texts told_;

  std::string connect(std::vector<PeerAddress> addresses, std::chrono::nanoseconds timeout) {
    Dialer dialer(std::move(addresses), timeout, [this](std::string_view text) { told_.emplace_back(text); });
    try {
      return dialer.connect().peer.text;
    } catch (const LocalError& error) {
      return std::string("failed: ") + error.what();
    }
  }

  void one_that_does_not_answer_holds_nobody_up() {
    Listener stuck(0);
    stuck.fill();
    const Listener good;
    CPPUNIT_ASSERT_EQUAL(std::string("good"),
                         connect({stuck.address("stuck"), good.address("good")}, std::chrono::nanoseconds(0)));
    CPPUNIT_ASSERT((told_ == Texts{"trying stuck", "trying good"}));
  }

  void one_that_refuses_is_followed_at_once() {
    const Listener good;
    CPPUNIT_ASSERT_EQUAL(std::string("good"), connect({refused(), good.address("good")}, std::chrono::hours(1)));
    CPPUNIT_ASSERT((told_ == Texts{"trying refused", "refused: Connection refused", "trying good"}));
  }

  void each_has_its_time() {
    Listener stuck(0);
    stuck.fill();
    CPPUNIT_ASSERT_EQUAL(std::string("failed: no answer in time (--timeout)"),
                         connect({stuck.address("one"), stuck.address("two")}, std::chrono::milliseconds(20)));
    CPPUNIT_ASSERT((told_ == Texts{"trying one", "one: no answer in time (--timeout)", "trying two",
                                   "two: no answer in time (--timeout)"}));
  }

  void the_last_reason_is_told() {
    CPPUNIT_ASSERT_EQUAL(std::string("failed: Connection refused"), connect({refused(), refused()}, {}));
  }

  void a_single_address_is_not_told() {
    const Listener good;
    CPPUNIT_ASSERT_EQUAL(std::string("good"), connect({good.address("good")}, {}));
    CPPUNIT_ASSERT(told_.empty());
  }

  void families_take_turns() {
    const auto of = [](sa_family_t family, const char* text) {
      PeerAddress peer{.text = text};
      peer.storage.ss_family = family;
      return peer;
    };
    std::string order;
    for (const PeerAddress& each :
         in_turn({of(AF_INET6, "a"), of(AF_INET6, "b"), of(AF_INET6, "c"), of(AF_INET, "x"), of(AF_INET, "y")})) {
      order += each.text;
    }
    CPPUNIT_ASSERT_EQUAL(std::string("axbyc"), order);
    CPPUNIT_ASSERT(in_turn({}).empty());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DialerTest);

}  // namespace
}  // namespace netkit::client
