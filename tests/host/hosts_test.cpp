#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/fake_session.h"
#include "support/test_client.h"
#include "support/test_host.h"

namespace netkit::testing {
namespace {

using Messages = std::vector<std::string>;

/// Sends messages to a handler and gathers its answers. What carries them is the only thing the suites differ in.
class Carrier {
 public:
  virtual ~Carrier() = default;
  /// `count` answers are waited for.
  virtual Messages exchange(const Messages& messages, std::size_t count) = 0;
};

/// The other side's codec: a client's encoder and decoder with the listener's options.
class ClientCodec {
 public:
  explicit ClientCodec(const Protocol& protocol)
      : encoder_(protocol.make_codec().encoder), decoder_(protocol.make_codec().decoder) {}

  std::string encode(const std::string& body) {
    Buffer bytes;
    encoder_->begin({}, body.size(), bytes);
    bytes.append(body);
    encoder_->end(bytes.last(body.size()), bytes);
    return std::string(bytes.view());
  }

  /// Takes whole messages off the front of `bytes`.
  void decode(std::string& bytes, Messages& into) {
    while (!bytes.empty()) {
      const Decoded decoded = decoder_->decode(bytes);
      if (decoded.status == Decoded::Status::malformed) throw std::runtime_error(std::string(decoded.reason));
      if (decoded.status == Decoded::Status::need_more) return;
      into.emplace_back(decoded.message.body);
      bytes.erase(0, decoded.size);
    }
  }

 private:
  std::unique_ptr<Encoder> encoder_;
  std::unique_ptr<Decoder> decoder_;
};

class MemoryCarrier final : public Carrier {
 public:
  explicit MemoryCarrier(Protocol protocol) : protocol_(std::move(protocol)) {}

  Messages exchange(const Messages& messages, std::size_t) override {
    RecordingHost host;
    ClientCodec codec(protocol_);
    Session session(protocol_, host);
    Output out;
    std::string bytes;
    for (const std::string& message : messages) bytes += codec.encode(message);
    for (bool moved = true; moved;) {
      const std::size_t used = session.receive(bytes, out);
      bytes.erase(0, used);
      moved = used > 0;
      if (!session.busy()) continue;
      const std::unique_ptr<Job> job = session.take_job();
      KeepingSink sink(out);
      job->run(sink);
      session.complete(*job, out);
    }
    Messages answers;
    std::string answered(out.view());
    codec.decode(answered, answers);
    return answers;
  }

 private:
  class KeepingSink final : public AnswerSink {
   public:
    explicit KeepingSink(Output& out) : out_(out) {}
    void begin_answer() override {}
    void pass_on(Output& answers) override { out_.append(answers); }
    void give_up_answer() noexcept override {}

   private:
    Output& out_;
  };

  Protocol protocol_;
};

class TcpCarrier final : public Carrier {
 public:
  explicit TcpCarrier(const Protocol& protocol) : codec_(protocol), host_(protocol, Transport::tcp) {}

  Messages exchange(const Messages& messages, std::size_t count) override {
    TestClient client = TestClient::tcp(host_.port());
    std::string bytes;
    for (const std::string& message : messages) bytes += codec_.encode(message);
    client.send(bytes);
    Messages answers;
    std::string received;
    while (answers.size() < count) {
      const std::string more = client.receive();
      if (more.empty()) break;
      received += more;
      codec_.decode(received, answers);
    }
    return answers;
  }

 private:
  ClientCodec codec_;
  TestHost host_;
};

class UdpCarrier final : public Carrier {
 public:
  explicit UdpCarrier(const Protocol& protocol) : codec_(protocol), host_(protocol, Transport::udp) {}

  Messages exchange(const Messages& messages, std::size_t count) override {
    TestClient client = TestClient::udp(host_.port());
    Messages answers;
    for (const std::string& message : messages) {
      client.send(codec_.encode(message));
      // One question at a time: datagrams keep no order between calls of workers.
      const std::size_t wanted = answers.size() + count / messages.size();
      while (answers.size() < wanted && client.readable(std::chrono::milliseconds(kLostAfterMs))) {
        std::string datagram = client.receive();
        codec_.decode(datagram, answers);
      }
    }
    return answers;
  }

 private:
  static constexpr int kLostAfterMs = 3000;  // for the conversations that get no answer

  ClientCodec codec_;
  TestHost host_;
};

template <class CarrierType>
class ConversationTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ConversationTest);
  CPPUNIT_TEST(an_echo_comes_back);
  CPPUNIT_TEST(messages_are_answered_in_order);
  CPPUNIT_TEST(a_message_may_have_several_answers);
  CPPUNIT_TEST(an_empty_message_is_a_message);
  CPPUNIT_TEST(any_byte_may_stand_in_a_message);
  CPPUNIT_TEST(a_long_message_comes_back_whole);
  CPPUNIT_TEST(a_blocking_handler_answers_like_any_other);
  CPPUNIT_TEST(a_failing_call_leaves_the_next_conversation_alone);
  CPPUNIT_TEST(an_answer_written_in_place_is_framed_like_a_sent_one);
  CPPUNIT_TEST(a_handler_of_its_own_for_each_session_answers);
  CPPUNIT_TEST_SUITE_END();

 public:
  void an_echo_comes_back() { expect(echo_handler(), {"hello"}, {"hello"}); }

  void messages_are_answered_in_order() {
    Messages messages;
    for (int i = 0; i < 200; ++i) messages.push_back("message " + std::to_string(i));
    expect(echo_handler(), messages, messages);
  }

  void a_message_may_have_several_answers() {
    const auto handler = make_handler([](const Message& message, Responder& responder) {
      responder.send("1" + std::string(message.body));
      responder.send("2" + std::string(message.body));
    });
    expect(handler, {"a", "b"}, {"1a", "2a", "1b", "2b"});
  }

  void an_empty_message_is_a_message() { expect(echo_handler(), {"", "x", ""}, {"", "x", ""}); }

  void any_byte_may_stand_in_a_message() {
    std::string bytes;
    for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
    expect(echo_handler(), {bytes}, {bytes});
  }

  void a_long_message_comes_back_whole() {
    const std::string body(60'000, 'x');
    expect(echo_handler(), {body, "short"}, {body, "short"});
  }

  void a_blocking_handler_answers_like_any_other() { expect(echo_handler(true), {"a", "b", "c"}, {"a", "b", "c"}); }

  void a_failing_call_leaves_the_next_conversation_alone() {
    const auto handler = make_handler([](const Message& message, Responder& responder) {
      if (message.body == "fail") throw std::runtime_error("as asked");
      responder.send(message.body);
    });
    CarrierType carrier(protocol(handler));
    CPPUNIT_ASSERT(Messages{} == carrier.exchange({"fail"}, 1));
    CPPUNIT_ASSERT(Messages{"next"} == carrier.exchange({"next"}, 1));
  }

  void an_answer_written_in_place_is_framed_like_a_sent_one() {
    const auto handler = make_handler([](const Message& message, Responder& responder) {
      responder.write(message.body.size() * 2, [](std::span<char> into) { std::fill(into.begin(), into.end(), 'z'); });
    });
    expect(handler, {"abc"}, {"zzzzzz"});
  }

  void a_handler_of_its_own_for_each_session_answers() {
    class OfItsOwn final : public Handler {
     public:
      void on_message(const Message&, Responder& responder) override { responder.send("own"); }
    };
    class Maker final : public Handler {
     public:
      void on_message(const Message&, Responder& responder) override { responder.send("shared"); }
      std::unique_ptr<Handler> for_conversation() override { return std::make_unique<OfItsOwn>(); }
    };
    expect(std::make_shared<Maker>(), {"x"}, {"own"});
  }

 private:
  static Protocol protocol(std::shared_ptr<Handler> handler) {
    return make_protocol("length", "length", std::move(handler));
  }

  static void expect(std::shared_ptr<Handler> handler, const Messages& messages, const Messages& answers) {
    CarrierType carrier(protocol(std::move(handler)));
    CPPUNIT_ASSERT(answers == carrier.exchange(messages, answers.size()));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ConversationTest<MemoryCarrier>);
CPPUNIT_TEST_SUITE_REGISTRATION(ConversationTest<TcpCarrier>);
CPPUNIT_TEST_SUITE_REGISTRATION(ConversationTest<UdpCarrier>);

}  // namespace
}  // namespace netkit::testing
