#include "host/transport/linger.h"

#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>

#include "host/transport/plain_stream.h"

namespace netkit::testing {
namespace {

class LingerTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LingerTest);
  CPPUNIT_TEST(it_lasts_until_the_peer_has_ended_too);
  CPPUNIT_TEST(what_comes_is_read_off);
  CPPUNIT_TEST(a_failure_ends_it);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    std::array<int, 2> ends{};
    CPPUNIT_ASSERT_EQUAL(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()));
    stream_ = std::make_unique<PlainStream>(UniqueFd(ends[0]));
    peer_ = UniqueFd(ends[1]);
    stream_->end_sending();
  }

  void it_lasts_until_the_peer_has_ended_too() {
    CPPUNIT_ASSERT(linger_on(*stream_, room_));
    char byte = 0;
    CPPUNIT_ASSERT_EQUAL(ssize_t{0}, ::read(peer_.get(), &byte, 1));  // the end of our side has come
    ::shutdown(peer_.get(), SHUT_WR);
    CPPUNIT_ASSERT(!linger_on(*stream_, room_));
  }

  void what_comes_is_read_off() {
    const std::string bytes(room_.size() + 1, 'x');
    CPPUNIT_ASSERT_EQUAL(static_cast<ssize_t>(bytes.size()), ::write(peer_.get(), bytes.data(), bytes.size()));
    peer_.reset();
    CPPUNIT_ASSERT(linger_on(*stream_, room_));
    CPPUNIT_ASSERT(linger_on(*stream_, room_));
    CPPUNIT_ASSERT(!linger_on(*stream_, room_));
  }

  void a_failure_ends_it() {
    stream_ = std::make_unique<PlainStream>(UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)));
    CPPUNIT_ASSERT(!linger_on(*stream_, room_));
  }

 private:
  std::array<char, 64> room_{};
  std::unique_ptr<Stream> stream_;
  UniqueFd peer_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(LingerTest);

}  // namespace
}  // namespace netkit::testing
