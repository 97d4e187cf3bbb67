#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "upstream_fixture.h"

namespace netkit::testing {
namespace {

/// A decoder that claims to have taken nothing.
class EmptyHandedDecoder final : public Decoder {
 public:
  Decoded decode(std::string_view /*bytes*/) override { return {.status = Decoded::Status::message}; }
};

/// Answers p with a pong, ends all at q, and takes any other byte for a message.
class ByteDecoder final : public Decoder {
 public:
  Decoded decode(std::string_view bytes) override {
    if (bytes[0] == 'p') return {.status = Decoded::Status::control, .size = 1, .reply = "pong"};
    return {.status = Decoded::Status::message, .last = bytes[0] == 'q', .size = 1, .message = {bytes.substr(0, 1)}};
  }
};

template <class Type>
Framing framing_with_decoder() {
  return {"test", [raw = make_test_framing("raw")] {
            Codec codec = raw.make();
            codec.decoder = std::make_unique<Type>();
            return codec;
          }};
}

class UpstreamTest : public UpstreamFixture {
  CPPUNIT_TEST_SUITE(UpstreamTest);
  CPPUNIT_TEST(messages_go_both_ways);
  CPPUNIT_TEST(nothing_is_told_before_connect_returns);
  CPPUNIT_TEST(a_callback_that_throws_ends_the_connection);
  CPPUNIT_TEST(a_message_that_the_framing_cannot_carry_ends_it);
  CPPUNIT_TEST(malformed_bytes_end_it);
  CPPUNIT_TEST(a_decoder_that_takes_nothing_ends_it);
  CPPUNIT_TEST(control_messages_are_replied_to_and_the_last_one_ends_it);
  CPPUNIT_TEST(nothing_is_told_while_the_owner_is_in_a_call);
  CPPUNIT_TEST(the_close_waits_for_the_call_too);
  CPPUNIT_TEST(a_paused_connection_takes_no_message);
  CPPUNIT_TEST(the_end_waits_for_resume);
  CPPUNIT_TEST_SUITE_END();

 public:
  void messages_go_both_ways() {
    const Upstream upstream = connect();
    CPPUNIT_ASSERT(upstream.open());
    CPPUNIT_ASSERT(upstream.send("before"));
    TestPeer peer = accept();
    CPPUNIT_ASSERT_EQUAL(std::string("before\n"), peer.receive());
    peer.send("one\ntwo\nth");
    handler_->wait_for("message two");
    peer.send("ree\n");
    handler_->wait_for("message three");
    CPPUNIT_ASSERT((handler_->lines() == Lines{"connect", "message one", "message two", "message three"}));
    upstream.close();
    CPPUNIT_ASSERT_EQUAL(std::string(), peer.receive());
    peer.close();
    handler_->wait_for("close closed");
    CPPUNIT_ASSERT(!upstream.open());
    CPPUNIT_ASSERT(!upstream.send("late"));
  }

  void nothing_is_told_before_connect_returns() {
    bool silent = false;
    host_->on_loop([&] {
      TargetSettings refused = UpstreamHost::tcp(target_->port());
      refused.path = std::string(200, 'x');  // fails at once
      host_->connect(refused, handler_);
      silent = handler_->lines().empty();
    });
    CPPUNIT_ASSERT(silent);
  }

  void a_callback_that_throws_ends_the_connection() {
    handler_->message_came = [](const Upstream&) { throw std::runtime_error("on purpose"); };
    connect();
    TestPeer peer = accept();
    peer.send("one\ntwo\n");
    handler_->wait_for("close handler-failed");
    CPPUNIT_ASSERT_EQUAL(std::string("on purpose"), handler_->last_detail);
    CPPUNIT_ASSERT((handler_->lines() == Lines{"connect", "message one", "close handler-failed"}));
    CPPUNIT_ASSERT_EQUAL(std::string("reset"), peer.receive());
  }

  void a_message_that_the_framing_cannot_carry_ends_it() {
    const Upstream upstream = connect(make_test_framing("length,bytes=1"));
    TestPeer peer = accept();
    upstream.send(std::string(300, 'x'));
    handler_->wait_for("close handler-failed");
  }

  void malformed_bytes_end_it() {
    connect(make_test_framing("netstring"));
    TestPeer peer = accept();
    peer.send("3:abc,nonsense");
    handler_->wait_for("close malformed");
    CPPUNIT_ASSERT((handler_->lines() == Lines{"connect", "message abc", "close malformed"}));
  }

  void a_decoder_that_takes_nothing_ends_it() {
    connect(framing_with_decoder<EmptyHandedDecoder>());
    TestPeer peer = accept();
    peer.send("x");
    handler_->wait_for("close handler-failed");
    CPPUNIT_ASSERT_EQUAL(std::string("the decoder of its framing took 0 bytes of 1"), handler_->last_detail);
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, handler_->received.load());
  }

  void control_messages_are_replied_to_and_the_last_one_ends_it() {
    connect(framing_with_decoder<ByteDecoder>());
    TestPeer peer = accept();
    peer.send("apbqc");
    CPPUNIT_ASSERT_EQUAL(std::string("pong"), peer.receive_all());
    peer.close();
    handler_->wait_for("close peer-closed");
    CPPUNIT_ASSERT(
        (handler_->lines() == Lines{"connect", "message a", "message b", "message q", "end", "close peer-closed"}));
  }

  void nothing_is_told_while_the_owner_is_in_a_call() {
    const Upstream upstream = connect();
    TestPeer peer = accept();
    handler_->wait_for("connect");
    host_->on_loop([&] { host_->owner().begin_call(); });
    peer.send("one\ntwo\n");
    peer.end_sending();
    upstream.send("sent meanwhile");
    CPPUNIT_ASSERT_EQUAL(std::string("sent meanwhile\n"), peer.receive());
    for (int i = 0; i < 20; ++i) host_->on_loop([] {});
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, handler_->lines().size());
    host_->on_loop([&] { host_->owner().end_call(); });
    handler_->wait_for("end");
    CPPUNIT_ASSERT((handler_->lines() == Lines{"connect", "message one", "message two", "end"}));
  }

  void the_close_waits_for_the_call_too() {
    connect();
    TestPeer peer = accept();
    handler_->wait_for("connect");
    host_->on_loop([&] { host_->owner().begin_call(); });
    peer.reset();
    for (int i = 0; i < 20; ++i) host_->on_loop([] {});
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, handler_->lines().size());
    host_->on_loop([&] { host_->owner().end_call(); });
    handler_->wait_for("close peer-reset");
  }

  void a_paused_connection_takes_no_message() {
    handler_->message_came = [](const Upstream& upstream) { upstream.pause(); };
    const Upstream upstream = connect();
    TestPeer peer = accept();
    peer.send("one\ntwo\nthree\n");
    handler_->wait_for("message one");
    for (int i = 0; i < 20; ++i) host_->on_loop([] {});
    CPPUNIT_ASSERT((handler_->lines() == Lines{"connect", "message one"}));
    upstream.resume();
    handler_->wait_for("message two");
    upstream.resume();
    handler_->wait_for("message three");
  }

  void the_end_waits_for_resume() {
    handler_->message_came = [](const Upstream& upstream) { upstream.pause(); };
    const Upstream upstream = connect(make_test_framing("raw"));
    TestPeer peer = accept();
    peer.send("all");
    peer.end_sending();
    handler_->wait_for("message all");
    for (int i = 0; i < 20; ++i) host_->on_loop([] {});
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, handler_->count("end"));
    upstream.resume();
    handler_->wait_for("end");
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(UpstreamTest);

}  // namespace
}  // namespace netkit::testing
