#include <cppunit/extensions/HelperMacros.h>

#include <stdexcept>
#include <string>

#include "session/session.h"
#include "support/fake_session.h"

namespace netkit::testing {
namespace {

enum class Way { exception, number, nothing };

void go_wrong(Way way) {
  if (way == Way::exception) throw std::runtime_error("broken");
  if (way == Way::number) throw 42;
}

class BadHandler final : public Handler {
 public:
  explicit BadHandler(Way asked, Way for_session) : asked_(asked), for_session_(for_session) {}
  void on_message(const Message& message, Responder& responder) override { responder.send(message.body); }
  bool may_block(const Message&) const override {
    go_wrong(asked_);
    return false;
  }
  std::unique_ptr<Handler> for_conversation() override {
    go_wrong(for_session_);
    return nullptr;
  }

 private:
  Way asked_;
  Way for_session_;
};

class BadDecoder final : public Decoder {
 public:
  explicit BadDecoder(Way way) : way_(way) {}
  Decoded decode(std::string_view bytes) override {
    go_wrong(way_);
    return {.status = Decoded::Status::message, .size = bytes.size() + 1, .message = {.body = bytes}};
  }

 private:
  Way way_;
};

class BadPluginTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(BadPluginTest);
  CPPUNIT_TEST(a_handler_that_throws_when_asked_ends_its_session);
  CPPUNIT_TEST(so_does_one_that_throws_for_a_session);
  CPPUNIT_TEST(so_does_a_decoder_that_throws);
  CPPUNIT_TEST(so_do_makers_that_throw_or_make_nothing);
  CPPUNIT_TEST(no_more_bytes_are_used_than_there_are);
  CPPUNIT_TEST(a_body_without_a_source_ends_the_session);
  CPPUNIT_TEST(nothing_stays_of_an_answer_that_threw_and_was_caught);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_handler_that_throws_when_asked_ends_its_session() {
    for (const Way way : {Way::exception, Way::number}) {
      assert_failed(make_protocol("line", "line", std::make_shared<BadHandler>(way, Way::nothing)));
    }
  }

  void so_does_one_that_throws_for_a_session() {
    for (const Way way : {Way::exception, Way::number}) {
      assert_failed(make_protocol("line", "line", std::make_shared<BadHandler>(Way::nothing, way)));
    }
  }

  void so_does_a_decoder_that_throws() {
    for (const Way way : {Way::exception, Way::number}) {
      Protocol protocol = make_protocol("line", "line", echo_handler());
      use_decoder(protocol, [way] { return std::make_unique<BadDecoder>(way); });
      assert_failed(protocol);
    }
  }

  void so_do_makers_that_throw_or_make_nothing() {
    for (const Way way : {Way::exception, Way::number, Way::nothing}) {
      Protocol protocol = make_protocol("line", "line", echo_handler());
      use_encoder(protocol, [way]() -> std::unique_ptr<Encoder> {
        go_wrong(way);
        return nullptr;
      });
      assert_failed(protocol);
    }
  }

  void no_more_bytes_are_used_than_there_are() {
    Protocol protocol = make_protocol("line", "line", echo_handler());
    use_decoder(protocol, [] { return std::make_unique<BadDecoder>(Way::nothing); });
    Session session(protocol, host_);
    CPPUNIT_ASSERT(session.receive("a\n", out_) <= 2);
    CPPUNIT_ASSERT(session.ended() == CloseReason::handler_failed);
  }

  void a_body_without_a_source_ends_the_session() {
    assert_failed(make_protocol("line", "length", make_handler([](const Message&, Responder& responder) {
                                  responder.stream(nullptr, kNoAttributes);
                                })));
  }

  void nothing_stays_of_an_answer_that_threw_and_was_caught() {
    const auto half = [](const Message& message, Responder& responder) {
      try {
        responder.write(100, [](std::span<char>) { throw std::runtime_error("no more to say"); });
      } catch (const std::runtime_error&) {
        if (message.body != "silent") responder.send("sorry");
      }
    };
    const Protocol protocol = make_protocol("line", "length", make_handler(half));
    Session session(protocol, host_);
    session.receive("a\nsilent\nb\nsilent\n", out_);
    CPPUNIT_ASSERT(session.ended() == CloseReason::none);
    const std::string sorry("\0\0\0\5sorry", 9);
    CPPUNIT_ASSERT_EQUAL(sorry + sorry, std::string(out_.front_bytes()));
  }

 private:
  void assert_failed(const Protocol& protocol) {
    Session stream(protocol, host_);
    stream.receive("a\n", out_);
    CPPUNIT_ASSERT(stream.ended() == CloseReason::handler_failed);
    CPPUNIT_ASSERT(!stream.end_detail().empty());
    CPPUNIT_ASSERT(out_.empty());
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, stream.receive("a\n", out_));

    Session datagram(protocol, host_);
    datagram.receive_datagram("a\n", out_);
    CPPUNIT_ASSERT(datagram.ended() == CloseReason::handler_failed);
  }

  RecordingHost host_;
  Output out_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(BadPluginTest);

}  // namespace
}  // namespace netkit::testing
