#include <cppunit/extensions/HelperMacros.h>

#include "netkit/testing/failure.h"
#include "netkit/testing/test_server.h"
#include "testing/sample_plugin.h"

namespace netkit::testing {
namespace {

constexpr const char* kInClear = " bytes have come in clear behind the message that starts TLS";

/// "tls" starts TLS at once, "later" by a reply that is kept; else it says how the message has come.
void answer(const Message& message, Responder& responder, Reply& kept) {
  if (message.body == "later") {
    kept = responder.defer();
  } else if (message.body == "tls") {
    responder.send("go ahead");
    responder.start_tls();
  } else {
    const Peer peer = responder.peer();
    responder.send(peer.encrypted ? "TLS " + peer.certificate + " " + peer.server_name : "clear");
  }
}

/// TLS that a handler starts in the middle of a conversation, as its session sees it.
class StartTlsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(StartTlsTest);
  CPPUNIT_TEST(it_begins_behind_the_answer);
  CPPUNIT_TEST(it_waits_until_the_answer_is_read);
  CPPUNIT_TEST(the_peer_is_known_better_then);
  CPPUNIT_TEST(it_begins_once_only);
  CPPUNIT_TEST(it_needs_a_listener_with_tls);
  CPPUNIT_TEST(a_worker_may_ask_for_it);
  CPPUNIT_TEST(a_kept_reply_may_ask_for_it);
  CPPUNIT_TEST(a_kept_reply_that_asks_again_ends_the_conversation);
  CPPUNIT_TEST(it_waits_for_the_answers_to_earlier_messages);
  CPPUNIT_TEST(a_later_message_has_come_in_clear);
  CPPUNIT_TEST(bytes_in_clear_end_the_conversation);
  CPPUNIT_TEST(what_is_sent_unasked_waits_and_counts);
  CPPUNIT_TEST(a_framing_may_change_with_it);
  CPPUNIT_TEST(a_close_comes_first);
  CPPUNIT_TEST_SUITE_END();

 public:
  void it_begins_behind_the_answer() {
    TestServer server = serve();
    TestConversation peer = server.connect();
    CPPUNIT_ASSERT_EQUAL(std::string("clear"), ask(peer, "?"));
    CPPUNIT_ASSERT(!peer.tls_started());
    CPPUNIT_ASSERT_EQUAL(std::string("go ahead"), ask(peer, "tls"));
    CPPUNIT_ASSERT(peer.tls_started());
    CPPUNIT_ASSERT_EQUAL(std::string("TLS  "), ask(peer, "?"));
  }

  void it_waits_until_the_answer_is_read() {
    TestServer server = serve();
    TestConversation peer = server.connect();
    peer.stop_reading();
    peer.say("tls");
    CPPUNIT_ASSERT(!peer.tls_started());
    peer.go_on_reading();
    CPPUNIT_ASSERT(peer.tls_started());
    CPPUNIT_ASSERT_EQUAL(std::string("go ahead"), peer.receive_body());
  }

  void the_peer_is_known_better_then() {
    TestServer server = serve();
    TestConversation peer = server.connect();
    peer.set_tls_identity("meter-7.example", "mail.example");
    CPPUNIT_ASSERT_EQUAL(std::string("clear"), ask(peer, "?"));
    ask(peer, "tls");
    CPPUNIT_ASSERT_EQUAL(std::string("TLS meter-7.example mail.example"), ask(peer, "?"));
    CPPUNIT_ASSERT_EQUAL(std::string("meter-7.example"), peer.handle().peer().certificate);
  }

  void it_begins_once_only() {
    TestServer server = serve();
    TestConversation peer = server.connect();
    ask(peer, "tls");
    peer.say("tls");
    CPPUNIT_ASSERT_EQUAL(std::string("handler-failed"), peer.close_reason());
    CPPUNIT_ASSERT(peer.close_detail().starts_with("TLS cannot begin"));
  }

  void it_needs_a_listener_with_tls() {
    for (const bool tls : {true, false}) {
      bool can = !tls;
      const auto sees = sample([&](SampleHandler& handler, const HandlerContext& context) {
        can = context.can_start_tls;
        handler.message = [](const Message&, Responder& responder) { responder.start_tls(); };
      });
      TestServer server(sees, "sample", {}, {.tls = tls});
      CPPUNIT_ASSERT_EQUAL(tls, can);
      TestConversation peer = server.connect();
      peer.say("x");
      CPPUNIT_ASSERT_EQUAL(tls, peer.tls_started());
      CPPUNIT_ASSERT_EQUAL(std::string(tls ? "" : "handler-failed"), peer.close_reason());
    }
  }

  void a_worker_may_ask_for_it() {
    for (const bool threads : {false, true}) {
      TestServer server = serve({.worker_threads = threads}, true);
      TestConversation peer = server.connect();
      CPPUNIT_ASSERT_EQUAL(std::string("go ahead"), ask(peer, "tls"));
      CPPUNIT_ASSERT(server.wait_until([&] { return peer.tls_started(); }));
      CPPUNIT_ASSERT_EQUAL(std::string("TLS  "), ask(peer, "?"));
      peer.say("tls");
      CPPUNIT_ASSERT(server.wait_until([&] { return !peer.open(); }));
      CPPUNIT_ASSERT_EQUAL(std::string("handler-failed"), peer.close_reason());
    }
  }

  void a_kept_reply_may_ask_for_it() {
    TestServer server = serve();
    TestConversation peer = server.connect();
    peer.say("later");
    kept_.start_tls();
    kept_.send("one");
    CPPUNIT_ASSERT_EQUAL(std::string("one"), peer.receive_body());
    CPPUNIT_ASSERT(!peer.tls_started());
    kept_.finish("two");
    CPPUNIT_ASSERT_EQUAL(std::string("two"), peer.receive_body());
    CPPUNIT_ASSERT(peer.tls_started());
    CPPUNIT_ASSERT_EQUAL(std::string("TLS  "), ask(peer, "?"));
  }

  void a_kept_reply_that_asks_again_ends_the_conversation() {
    TestServer server = serve();
    TestConversation peer = server.connect();
    ask(peer, "tls");
    peer.say("later");
    kept_.start_tls();
    kept_.finish();
    server.settle();
    CPPUNIT_ASSERT_EQUAL(std::string("handler-failed"), peer.close_reason());
    CPPUNIT_ASSERT(peer.close_detail().starts_with("TLS cannot begin"));
  }

  void it_waits_for_the_answers_to_earlier_messages() {
    TestServer server = serve({}, false, 3);
    TestConversation peer = server.connect();
    peer.say("later");
    peer.say("tls");
    CPPUNIT_ASSERT(!peer.tls_started());
    CPPUNIT_ASSERT(!peer.has_message());
    kept_.finish("first");
    CPPUNIT_ASSERT_EQUAL(std::string("first"), peer.receive_body());
    CPPUNIT_ASSERT_EQUAL(std::string("go ahead"), peer.receive_body());
    CPPUNIT_ASSERT(peer.tls_started());
  }

  void a_later_message_has_come_in_clear() {
    TestServer server = serve({}, false, 3);
    TestConversation peer = server.connect();
    peer.say("later");
    peer.say("?");
    kept_.start_tls();
    kept_.finish("go ahead");
    server.settle();
    CPPUNIT_ASSERT_EQUAL(std::string("tls-failed"), peer.close_reason());
    CPPUNIT_ASSERT(!peer.tls_started());
    CPPUNIT_ASSERT_EQUAL(std::string("go ahead"), peer.receive_body());
    CPPUNIT_ASSERT_THROW(peer.receive(), TestFailure);  // and not the answer to what came behind it
  }

  void bytes_in_clear_end_the_conversation() {
    for (const bool blocks : {false, true}) {
      TestServer server = serve({.framing = framing()}, blocks);
      TestConversation peer = server.connect();
      peer.say_bytes("tls\xC0?\xC0?");
      CPPUNIT_ASSERT_EQUAL(std::string("tls-failed"), peer.close_reason());
      CPPUNIT_ASSERT_EQUAL("3" + std::string(kInClear), peer.close_detail());
      CPPUNIT_ASSERT(!peer.tls_started());
      CPPUNIT_ASSERT_EQUAL(std::string("go ahead\xC0"), peer.receive_bytes());
    }
  }

  void what_is_sent_unasked_waits_and_counts() {
    TestServer server = serve({.output_limit = 100});
    TestConversation peer = server.connect();
    peer.say("later");
    const Conversation handle = peer.handle();
    kept_.start_tls();
    for (int i = 0; i < 10; ++i) CPPUNIT_ASSERT(handle.send("0123456789"));
    CPPUNIT_ASSERT(!peer.has_message());
    CPPUNIT_ASSERT_EQUAL(std::size_t{100}, handle.waiting());
    CPPUNIT_ASSERT(!handle.send("too much"));
    handle.close();
    kept_.finish("go ahead");
    CPPUNIT_ASSERT_EQUAL(std::string("go ahead"), peer.receive_body());
    CPPUNIT_ASSERT(peer.tls_started());
    CPPUNIT_ASSERT_EQUAL(std::size_t{10}, peer.receive_all().size());
    CPPUNIT_ASSERT_EQUAL(std::string("handler-closed"), peer.close_reason());
  }

  void a_framing_may_change_with_it() {
    const auto changes = sample([](SampleHandler& handler, const HandlerContext&) {
      handler.message = [](const Message& message, Responder& responder) {
        responder.send(message.body);
        if (message.body != "tls") return;
        responder.use_framing(framing());
        responder.start_tls();
      };
    });
    TestServer server(changes, "sample");
    TestConversation peer = server.connect();
    ask(peer, "tls");
    CPPUNIT_ASSERT(peer.tls_started());
    peer.use_framing(framing());
    peer.say_bytes("a\xC0");
    CPPUNIT_ASSERT_EQUAL(std::string("a"), peer.receive_body());
  }

  void a_close_comes_first() {
    const auto both = sample([](SampleHandler& handler, const HandlerContext&) {
      handler.message = [](const Message&, Responder& responder) {
        responder.start_tls();
        responder.close();
      };
    });
    TestServer server(both, "sample");
    TestConversation peer = server.connect();
    peer.say("x");
    CPPUNIT_ASSERT_EQUAL(std::string("handler-closed"), peer.close_reason());
    CPPUNIT_ASSERT(!peer.tls_started());
  }

 private:
  TestServer serve(ServerSetup setup = {}, bool blocks = false, std::size_t open = 1) {
    const auto set = [this, blocks, open](SampleHandler& handler, const HandlerContext&) {
      handler.message = [this](const Message& message, Responder& responder) { answer(message, responder, kept_); };
      handler.blocks = blocks;
      handler.bounds.open = open;
    };
    return TestServer(sample(set), "sample", {}, std::move(setup));
  }

  static std::string ask(TestConversation& peer, std::string_view question) {
    peer.say(question);
    return peer.receive_body();
  }

  static Framing framing() { return make_framing(enroll_samples, "slip"); }

  Reply kept_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(StartTlsTest);

}  // namespace
}  // namespace netkit::testing
