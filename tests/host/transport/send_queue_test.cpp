#include "host/transport/send_queue.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>

#include "host/transport/memory_stream.h"

namespace netkit::testing {
namespace {

/// So many times one letter, and perhaps not all that was announced.
class Letters final : public BodySource {
 public:
  Letters(char letter, std::uint64_t announced, std::uint64_t there)
      : letter_(letter), announced_(announced), left_(there) {}
  Letters(char letter, std::uint64_t size) : Letters(letter, size, size) {}

  std::uint64_t size() const override { return announced_; }
  std::size_t read(std::span<char> into) override {
    const std::size_t count = std::min<std::uint64_t>(into.size(), left_);
    std::fill_n(into.begin(), count, letter_);
    left_ -= count;
    return count;
  }

 private:
  const char letter_;
  const std::uint64_t announced_;
  std::uint64_t left_;
};

class Unreadable final : public BodySource {
 public:
  std::uint64_t size() const override { return 10; }
  std::size_t read(std::span<char> /*into*/) override { throw std::runtime_error("the disk is gone"); }
};

class SendQueueTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SendQueueTest);
  CPPUNIT_TEST(what_fits_is_never_kept);
  CPPUNIT_TEST(what_does_not_fit_waits);
  CPPUNIT_TEST(bodies_leave_at_their_places);
  CPPUNIT_TEST(a_body_has_a_share_of_a_turn);
  CPPUNIT_TEST(more_is_said_only_where_something_follows);
  CPPUNIT_TEST(a_dead_stream_is_told);
  CPPUNIT_TEST(a_body_that_comes_short_is_told);
  CPPUNIT_TEST(a_body_that_cannot_be_read_is_told);
  CPPUNIT_TEST(empty_it_holds_no_memory);
  CPPUNIT_TEST(it_holds_all_until_the_last_byte_has_left);
  CPPUNIT_TEST_SUITE_END();

 public:
  void what_fits_is_never_kept() {
    fresh_.bytes().append("hello");
    CPPUNIT_ASSERT(queue_.send(stream_, fresh_).ok());
    CPPUNIT_ASSERT_EQUAL(std::string("hello"), stream_.sent);
    CPPUNIT_ASSERT(queue_.empty());
    CPPUNIT_ASSERT(fresh_.empty());
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, queue_.output().bytes().capacity());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{5}, queue_.sent_bytes());
  }

  void what_does_not_fit_waits() {
    stream_.room = 2;
    fresh_.bytes().append("hello");
    CPPUNIT_ASSERT(queue_.send(stream_, fresh_).ok());
    CPPUNIT_ASSERT(!queue_.empty());
    queue_.output().bytes().append(", world");
    stream_.room = 100;
    CPPUNIT_ASSERT(queue_.send(stream_).ok());
    CPPUNIT_ASSERT_EQUAL(std::string("hello, world"), stream_.sent);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{12}, queue_.sent_bytes());
    CPPUNIT_ASSERT_EQUAL(2, stream_.writes);
  }

  void bodies_leave_at_their_places() {
    stream_.room = 3;
    fresh_.bytes().append("1(");
    fresh_.add_body(std::make_unique<Letters>('a', 4));
    fresh_.bytes().append(")2(");
    fresh_.add_body(std::make_unique<Letters>('b', 2));
    fresh_.bytes().append(")");
    CPPUNIT_ASSERT(queue_.send(stream_, fresh_).ok());
    CPPUNIT_ASSERT(queue_.in_body());
    while (!queue_.empty()) {  // byte by byte
      stream_.room = 1;
      CPPUNIT_ASSERT(queue_.send(stream_).ok());
    }
    CPPUNIT_ASSERT_EQUAL(std::string("1(aaaa)2(bb)"), stream_.sent);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{12}, queue_.sent_bytes());
  }

  void a_body_has_a_share_of_a_turn() {
    constexpr std::uint64_t kSize = std::uint64_t{5} << 20;
    fresh_.add_body(std::make_unique<Letters>('a', kSize));
    CPPUNIT_ASSERT(queue_.send(stream_, fresh_).ok());
    CPPUNIT_ASSERT(queue_.in_body());
    CPPUNIT_ASSERT(queue_.sent_bytes() < kSize);
    while (!queue_.empty()) CPPUNIT_ASSERT(queue_.send(stream_).ok());
    CPPUNIT_ASSERT_EQUAL(kSize, queue_.sent_bytes());
  }

  void more_is_said_only_where_something_follows() {
    fresh_.bytes().append("head");
    fresh_.add_body(std::make_unique<Letters>('a', 4));
    stream_.room = 4;
    CPPUNIT_ASSERT(queue_.send(stream_, fresh_).ok());
    CPPUNIT_ASSERT(stream_.more_follows);
    stream_.room = 100;
    CPPUNIT_ASSERT(queue_.send(stream_).ok());
    CPPUNIT_ASSERT(!stream_.more_follows);
  }

  void a_dead_stream_is_told() {
    stream_.error = ECONNRESET;
    fresh_.bytes().append("hello");
    const SendQueue::Result result = queue_.send(stream_, fresh_);
    CPPUNIT_ASSERT(result.reason() == CloseReason::peer_reset);
    CPPUNIT_ASSERT(!result.detail().empty());
  }

  void a_body_that_comes_short_is_told() {
    fresh_.add_body(std::make_unique<Letters>('a', 10, 9));
    const SendQueue::Result result = queue_.send(stream_, fresh_);
    CPPUNIT_ASSERT(result.reason() == CloseReason::body_failed);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{9}, queue_.sent_bytes());
  }

  void a_body_that_cannot_be_read_is_told() {
    fresh_.add_body(std::make_unique<Unreadable>());
    const SendQueue::Result result = queue_.send(stream_, fresh_);
    CPPUNIT_ASSERT(result.reason() == CloseReason::body_failed);
    CPPUNIT_ASSERT_EQUAL(std::string("the disk is gone"), result.detail());
  }

  void empty_it_holds_no_memory() {
    stream_.room = 0;
    fresh_.bytes().append(std::string(10000, 'x'));
    CPPUNIT_ASSERT(queue_.send(stream_, fresh_).ok());
    CPPUNIT_ASSERT(queue_.output().bytes().capacity() >= 10000);
    stream_.room = 10000;
    CPPUNIT_ASSERT(queue_.send(stream_).ok());
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, queue_.output().bytes().capacity());
  }

  /// The bytes that the stream has taken stand before those that wait.
  void it_holds_all_until_the_last_byte_has_left() {
    stream_.room = 0;
    fresh_.bytes().append(std::string(10000, 'x'));
    CPPUNIT_ASSERT(queue_.send(stream_, fresh_).ok());
    CPPUNIT_ASSERT_EQUAL(std::size_t{10000}, queue_.held());
    stream_.room = 9999;
    CPPUNIT_ASSERT(queue_.send(stream_).ok());
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, queue_.output().waiting());
    CPPUNIT_ASSERT_EQUAL(std::size_t{10000}, queue_.held());
    stream_.room = 1;
    CPPUNIT_ASSERT(queue_.send(stream_).ok());
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, queue_.held());
    fresh_.add_body(std::make_unique<Letters>('a', 100'000));
    stream_.room = 1;
    CPPUNIT_ASSERT(queue_.send(stream_, fresh_).ok());
    CPPUNIT_ASSERT(queue_.held() >= std::size_t{64} << 10);  // a piece of it
    queue_.release();
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, queue_.held());
  }

 private:
  MemoryStream stream_;
  SendQueue queue_;
  Output fresh_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(SendQueueTest);

}  // namespace
}  // namespace netkit::testing
