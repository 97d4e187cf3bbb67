#include "server/peer_end.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>
#include <string_view>

#include "netkit/testing/failure.h"
#include "support/fake_session.h"

namespace netkit::testing {
namespace {

/// Each byte is a message, but for '!', which wants "pong", and '?', which is malformed. Counts its calls.
class ByteDecoder final : public Decoder {
 public:
  explicit ByteDecoder(int& calls) : calls_(calls) {}
  Decoded decode(std::string_view bytes) override {
    ++calls_;
    using Status = Decoded::Status;
    if (bytes.front() == '!') return {.status = Status::control, .size = 1, .reply = "pong"};
    if (bytes.front() == '?') return {.status = Status::malformed, .reason = "a question"};
    if (bytes.front() == '_') return {.status = Status::need_more};
    return {.status = Status::message, .size = 1, .message = {.body = bytes.substr(0, 1)}};
  }

 private:
  int& calls_;
};

class PeerEndTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(PeerEndTest);
  CPPUNIT_TEST(messages_come_one_by_one_however_the_bytes_are_split);
  CPPUNIT_TEST(a_message_stays_until_it_is_taken);
  CPPUNIT_TEST(what_is_no_message_yet_can_be_taken_as_bytes);
  CPPUNIT_TEST(bytes_that_were_looked_at_are_not_decoded_again);
  CPPUNIT_TEST(what_the_framing_has_to_say_is_sent);
  CPPUNIT_TEST(malformed_bytes_are_a_failure);
  CPPUNIT_TEST(another_framing_reads_what_is_left_over);
  CPPUNIT_TEST_SUITE_END();

 public:
  void messages_come_one_by_one_however_the_bytes_are_split() {
    PeerEnd peer = lines();
    peer.receive("one\ntw");
    CPPUNIT_ASSERT_EQUAL(std::string("one"), next(peer));
    CPPUNIT_ASSERT(peer.next_message() == nullptr);
    peer.receive("o\n");
    CPPUNIT_ASSERT_EQUAL(std::string("two"), next(peer));
    CPPUNIT_ASSERT(peer.next_message() == nullptr);
  }

  void a_message_stays_until_it_is_taken() {
    PeerEnd peer = lines();
    peer.receive("one\ntwo\n");
    CPPUNIT_ASSERT_EQUAL(std::string("one"), peer.next_message()->body);
    CPPUNIT_ASSERT_EQUAL(std::string("one"), peer.next_message()->body);
    CPPUNIT_ASSERT_EQUAL(std::string("one"), peer.take_message().body);
    CPPUNIT_ASSERT_EQUAL(std::string("two"), next(peer));
  }

  void what_is_no_message_yet_can_be_taken_as_bytes() {
    PeerEnd peer = lines();
    peer.receive("one\ntwo");
    CPPUNIT_ASSERT(peer.next_message() != nullptr);
    CPPUNIT_ASSERT_EQUAL(std::string("one\ntwo"), peer.take_bytes());
    CPPUNIT_ASSERT(peer.next_message() == nullptr);
    CPPUNIT_ASSERT_EQUAL(std::string(), peer.take_bytes());
  }

  void bytes_that_were_looked_at_are_not_decoded_again() {
    PeerEnd peer = bytes();
    peer.receive("_");
    CPPUNIT_ASSERT(peer.next_message() == nullptr);
    CPPUNIT_ASSERT(peer.next_message() == nullptr);
    CPPUNIT_ASSERT_EQUAL(1, calls_);
    peer.receive("_");
    CPPUNIT_ASSERT(peer.next_message() == nullptr);
    CPPUNIT_ASSERT_EQUAL(2, calls_);
  }

  void what_the_framing_has_to_say_is_sent() {
    PeerEnd peer = bytes();
    peer.receive("!!a");
    CPPUNIT_ASSERT_EQUAL(std::string("a"), next(peer));
    CPPUNIT_ASSERT_EQUAL(std::string("pongpong"), replied_);
  }

  void malformed_bytes_are_a_failure() {
    PeerEnd peer = bytes();
    peer.receive("?");
    try {
      peer.next_message();
      CPPUNIT_FAIL("took malformed bytes");
    } catch (const TestFailure& failure) {
      CPPUNIT_ASSERT_EQUAL(std::string("what the handler sent is malformed: a question"), std::string(failure.what()));
    }
  }

  void another_framing_reads_what_is_left_over() {
    PeerEnd peer = lines();
    peer.receive("one\nab");
    CPPUNIT_ASSERT_EQUAL(std::string("one"), next(peer));
    CPPUNIT_ASSERT(peer.next_message() == nullptr);
    peer.use_framing(byte_framing());
    CPPUNIT_ASSERT_EQUAL(std::string("a"), next(peer));
    CPPUNIT_ASSERT_EQUAL(std::string("b"), next(peer));
  }

 private:
  PeerEnd lines() { return end_of(Framing("line", make_protocol("line", "line", echo_handler()).make_codec)); }
  PeerEnd bytes() { return end_of(byte_framing()); }
  PeerEnd end_of(const Framing& framing) {
    return {framing, [this](std::string_view reply) { replied_ += reply; }};
  }
  Framing byte_framing() {
    return Framing("bytes", [this] {
      Codec codec = make_protocol("raw", "raw", echo_handler()).make_codec();
      codec.decoder = std::make_unique<ByteDecoder>(calls_);
      return codec;
    });
  }
  static std::string next(PeerEnd& peer) {
    CPPUNIT_ASSERT(peer.next_message() != nullptr);
    return peer.take_message().body;
  }

  int calls_ = 0;
  std::string replied_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(PeerEndTest);

}  // namespace
}  // namespace netkit::testing
