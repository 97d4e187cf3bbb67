#include <cppunit/extensions/HelperMacros.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <string>

#include "support/descriptors.h"
#include "support/fake_session.h"
#include "support/test_client.h"
#include "support/test_host.h"

namespace netkit::testing {
namespace {

/// A body from a memory file, by sendfile or by reads, that can be told to come short or to have changed.
class TestBody final : public BodySource {
 public:
  enum class Flaw { none, short_file, changed, throws };

  TestBody(std::uint64_t size, bool as_file, Flaw flaw = Flaw::none) : size_(size), as_file_(as_file), flaw_(flaw) {
    file_ = UniqueFd(::memfd_create("body", MFD_CLOEXEC));
    const std::uint64_t there = flaw == Flaw::short_file ? size / 2 : size;
    if (::ftruncate(file_.get(), static_cast<off_t>(there)) != 0) throw std::runtime_error("ftruncate");
  }
  std::uint64_t size() const override { return size_; }
  std::size_t read(std::span<char> into) override {
    if (flaw_ == Flaw::throws) throw std::runtime_error("disk on fire");
    const ssize_t count = ::pread(file_.get(), into.data(), into.size(), static_cast<off_t>(at_));
    at_ += static_cast<std::uint64_t>(count);
    return static_cast<std::size_t>(count);
  }
  int descriptor() const override { return as_file_ ? file_.get() : -1; }
  bool intact() override { return flaw_ != Flaw::changed; }

 private:
  std::uint64_t size_;
  std::uint64_t at_ = 0;
  bool as_file_;
  Flaw flaw_;
  UniqueFd file_;
};

std::shared_ptr<Handler> body_handler(std::uint64_t size, bool as_file, TestBody::Flaw flaw = TestBody::Flaw::none) {
  return make_handler([=](const Message&, Responder& responder) {
    responder.stream(std::make_unique<TestBody>(size, as_file, flaw), {});
  });
}

class StreamConnectionTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(StreamConnectionTest);
  CPPUNIT_TEST(a_half_closed_client_gets_its_full_answer);
  CPPUNIT_TEST(a_half_closed_client_gets_the_answer_of_a_running_call);
  CPPUNIT_TEST(a_reset_cancels_the_running_call);
  CPPUNIT_TEST(malformed_bytes_close_after_the_earlier_answers);
  CPPUNIT_TEST(an_idle_connection_is_closed);
  CPPUNIT_TEST(a_closed_connection_gets_no_events_though_a_child_has_its_socket_too);
  CPPUNIT_TEST(connections_over_the_limit_are_closed_and_counted);
  CPPUNIT_TEST(a_peer_that_does_not_read_stops_being_read);
  CPPUNIT_TEST(a_blocking_handler_waits_for_a_peer_that_does_not_read);
  CPPUNIT_TEST(many_answers_to_one_small_read_all_arrive);
  CPPUNIT_TEST(messages_kept_back_are_answered_after_the_peer_has_ended);
  CPPUNIT_TEST(a_body_is_sent_by_sendfile);
  CPPUNIT_TEST(a_body_is_sent_by_reads);
  CPPUNIT_TEST(bodies_and_messages_alternate);
  CPPUNIT_TEST(a_short_body_resets_the_connection);
  CPPUNIT_TEST(a_changed_body_never_arrives_whole);
  CPPUNIT_TEST(a_body_that_throws_resets_the_connection);
  CPPUNIT_TEST(a_closing_handler_loses_no_answer_though_bytes_are_unread);
  CPPUNIT_TEST(one_byte_at_a_time_is_the_same);
  CPPUNIT_TEST(draining_lets_a_running_call_finish);
  CPPUNIT_TEST(draining_waits_for_the_first_message);
  CPPUNIT_TEST(malformed_bytes_are_logged);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_half_closed_client_gets_its_full_answer() {
    TestHost host(make_protocol("line", "line", body_or_echo()), Transport::tcp);
    TestClient client = TestClient::tcp(host.port());
    client.send("body\nend\n");
    client.end_sending();
    CPPUNIT_ASSERT_EQUAL(std::size_t{3'000'000 + 1 + 4}, client.receive_all().size());
    CPPUNIT_ASSERT(eventually([&] { return host.closed(CloseReason::peer_closed) == 1; }));
  }

  void a_half_closed_client_gets_the_answer_of_a_running_call() {
    std::atomic<bool> go{false};
    const auto handler = make_handler(
        [&](const Message& message, Responder& responder) {
          eventually([&] { return go.load(); });
          responder.send(message.body);
        },
        true);
    TestHost host(make_protocol("line", "line", handler), Transport::tcp);
    TestClient client = TestClient::tcp(host.port());
    client.send("a\nb\n");
    client.end_sending();
    go = true;
    CPPUNIT_ASSERT_EQUAL(std::string("a\nb\n"), client.receive_all());
  }

  void a_reset_cancels_the_running_call() {
    std::atomic<bool> running{false};
    std::atomic<bool> cancelled{false};
    const auto handler = make_handler(
        [&](const Message&, Responder& responder) {
          running = true;
          const std::stop_token stop = responder.stop_token();
          cancelled = eventually([&] { return stop.stop_requested(); });
        },
        true);
    TestHost host(make_protocol("line", "line", handler), Transport::tcp);
    TestClient client = TestClient::tcp(host.port());
    client.send("x\n");
    CPPUNIT_ASSERT(eventually([&] { return running.load(); }));
    client.reset();
    CPPUNIT_ASSERT(eventually([&] { return cancelled.load(); }));
    CPPUNIT_ASSERT(eventually([&] { return host.context().state->connections == 0; }));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, host.closed(CloseReason::peer_reset));
  }

  void malformed_bytes_close_after_the_earlier_answers() {
    TestHost host(make_protocol("netstring", "raw", echo_handler()), Transport::tcp);
    TestClient client = TestClient::tcp(host.port());
    client.send("5:hello,GET / HTTP/1.1\r\n\r\n");
    CPPUNIT_ASSERT_EQUAL(std::string("hello"), client.receive_all());
    CPPUNIT_ASSERT(eventually([&] { return host.log.contains("malformed"); }));
    TestClient next = TestClient::tcp(host.port());
    next.send("2:ok,");
    CPPUNIT_ASSERT_EQUAL(std::string("ok"), next.receive());
  }

  void an_idle_connection_is_closed() {
    TestHost host(make_protocol("line", "line", echo_handler()), Transport::tcp, 10, std::chrono::milliseconds(100));
    TestClient client = TestClient::tcp(host.port());
    client.send("part of a line");
    CPPUNIT_ASSERT_EQUAL(std::string(), client.receive_all());
    CPPUNIT_ASSERT(eventually([&] { return host.closed(CloseReason::idle) == 1; }));
  }

  /// Copies of all descriptors stand for the child: the kernel keeps watching what anybody still has open.
  void a_closed_connection_gets_no_events_though_a_child_has_its_socket_too() {
    TestHost host(make_protocol("line", "line", body_or_echo()), Transport::tcp, 1000, std::chrono::milliseconds(200));
    TestClient client = TestClient::tcp(host.port());
    client.send("hello\n");
    CPPUNIT_ASSERT_EQUAL(std::string("hello\n"), client.receive(6));
    const std::size_t watched = watched_descriptors();
    std::vector<UniqueFd> copies;
    std::promise<void> copied;
    host.loop().post([&] {
      copies = copies_of_sockets();
      copied.set_value();
    });
    copied.get_future().wait();
    CPPUNIT_ASSERT(eventually([&] { return host.closed(CloseReason::idle) == 1; }));
    CPPUNIT_ASSERT(eventually([&] { return watched_descriptors() == watched - 1; }));
  }

  void connections_over_the_limit_are_closed_and_counted() {
    TestHost host(make_protocol("line", "line", echo_handler()), Transport::tcp, 2);
    {
      TestClient first = TestClient::tcp(host.port());
      TestClient second = TestClient::tcp(host.port());
      CPPUNIT_ASSERT(eventually([&] { return host.context().state->connections == 2; }));
      TestClient third = TestClient::tcp(host.port());
      CPPUNIT_ASSERT_EQUAL(std::string(), third.receive_all());
      CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, host.closed(CloseReason::over_limit));
      second.send("still served\n");
      CPPUNIT_ASSERT_EQUAL(std::string("still served\n"), second.receive());
    }
    CPPUNIT_ASSERT(eventually([&] { return host.context().state->connections == 0; }));
    TestClient later = TestClient::tcp(host.port());
    later.send("x\n");
    CPPUNIT_ASSERT_EQUAL(std::string("x\n"), later.receive());
  }

  void a_peer_that_does_not_read_stops_being_read() {
    Protocol protocol = make_protocol("line", "line", echo_handler());
    protocol.output_limit = std::size_t{64} << 10;
    TestHost host(protocol, Transport::tcp);
    TestClient client = TestClient::tcp(host.port());
    // Far more than the limit and both sockets' buffers together: the sender must come to a stop.
    const std::string block(std::size_t{64} << 10, 'x');
    const std::string lines = block.substr(1) + "\n";
    std::size_t sent = 0;
    for (; sent < (std::size_t{256} << 20); sent += lines.size()) {
      pollfd wait{client.fd(), POLLOUT, 0};
      if (::poll(&wait, 1, 1000) == 0) break;
      client.send(lines);
    }
    CPPUNIT_ASSERT_MESSAGE("the host took everything", sent < (std::size_t{256} << 20));
    client.end_sending();
    CPPUNIT_ASSERT_EQUAL(sent, client.receive_all().size());
  }

  void a_blocking_handler_waits_for_a_peer_that_does_not_read() {
    std::atomic<std::size_t> answered{0};
    const std::string answer(std::size_t{64} << 10, 'x');
    constexpr std::size_t kAnswers = 1024;
    const auto handler = make_handler(
        [&](const Message&, Responder& responder) {
          for (std::size_t i = 0; i < kAnswers; ++i) {
            responder.send(answer);
            ++answered;
          }
        },
        true);
    TestHost host(make_protocol("line", "raw", handler), Transport::tcp);
    TestClient client = TestClient::tcp(host.port());
    client.send("go\n");
    // It comes to a stop: no more answers for a while, and not all of them.
    std::size_t before = 0;
    CPPUNIT_ASSERT(eventually([&] {
      const std::size_t now = answered;
      const bool stopped = now > 0 && now == before;
      before = now;
      ::poll(nullptr, 0, 50);
      return stopped;
    }));
    CPPUNIT_ASSERT(answered < kAnswers);
    CPPUNIT_ASSERT_EQUAL(kAnswers * answer.size(), client.receive(kAnswers * answer.size()).size());
  }

  void many_answers_to_one_small_read_all_arrive() {
    const auto handler =
        make_handler([](const Message&, Responder& responder) { responder.send(std::string(1000, 'y')); });
    Protocol protocol = make_protocol("line", "raw", handler);
    protocol.output_limit = 4096;
    TestHost host(protocol, Transport::tcp);
    TestClient client = TestClient::tcp(host.port());
    client.send(std::string(20'000, '\n'));
    CPPUNIT_ASSERT_EQUAL(std::size_t{20'000'000}, client.receive(20'000'000).size());
  }

  void messages_kept_back_are_answered_after_the_peer_has_ended() {
    const std::string answer(std::size_t{100} << 10, 'y');
    const auto handler = make_handler([&](const Message&, Responder& responder) { responder.send(answer); });
    Protocol protocol = make_protocol("line", "raw", handler);
    protocol.output_limit = std::size_t{1} << 20;
    TestHost host(protocol, Transport::tcp);
    TestClient client = TestClient::tcp(host.port());
    client.send(std::string(2000, '\n'));
    client.end_sending();
    CPPUNIT_ASSERT_EQUAL(2000 * answer.size(), client.receive_all().size());
  }

  void a_body_is_sent_by_sendfile() { expect_body(true); }
  void a_body_is_sent_by_reads() { expect_body(false); }

  void bodies_and_messages_alternate() {
    const auto handler = make_handler([](const Message& message, Responder& responder) {
      responder.send("<");
      responder.stream(std::make_unique<TestBody>(100'000, message.body == "file"), {});
      responder.send(">");
    });
    TestHost host(make_protocol("line", "raw", handler), Transport::tcp);
    TestClient client = TestClient::tcp(host.port());
    std::string questions;
    for (int i = 0; i < 50; ++i) questions += "file\nread\n";
    client.send(questions);
    client.end_sending();
    const std::string answers = client.receive_all();
    const std::string one = "<" + std::string(100'000, '\0') + ">";
    CPPUNIT_ASSERT_EQUAL(one.size() * 100, answers.size());
    for (std::size_t i = 0; i < 100; ++i) CPPUNIT_ASSERT(answers.compare(i * one.size(), one.size(), one) == 0);
  }

  void a_short_body_resets_the_connection() { expect_reset(TestBody::Flaw::short_file, true); }
  void a_changed_body_never_arrives_whole() {
    expect_reset(TestBody::Flaw::changed, true);
    expect_reset(TestBody::Flaw::changed, false);
  }
  void a_body_that_throws_resets_the_connection() { expect_reset(TestBody::Flaw::throws, false); }

  void a_closing_handler_loses_no_answer_though_bytes_are_unread() {
    const std::string answer(500'000, 'a');
    const auto handler = make_handler([&](const Message&, Responder& responder) {
      responder.send(answer);
      responder.close();
    });
    TestHost host(make_protocol("line", "raw", handler), Transport::tcp);
    for (int i = 0; i < 20; ++i) {
      TestClient client = TestClient::tcp(host.port());
      client.send("x\n" + std::string(50'000, 'u'));
      CPPUNIT_ASSERT_EQUAL(answer.size(), client.receive_all().size());
    }
  }

  void one_byte_at_a_time_is_the_same() {
    TestHost host(make_protocol("length", "length", echo_handler()), Transport::tcp);
    TestClient client = TestClient::tcp(host.port());
    const std::string frames = std::string("\0\0\0\5hello\0\0\0\0\0\0\0\1x", 18);
    for (const char byte : frames) client.send({&byte, 1});
    CPPUNIT_ASSERT_EQUAL(frames, client.receive(frames.size()));
  }

  void draining_lets_a_running_call_finish() {
    std::atomic<bool> running{false};
    std::atomic<bool> go{false};
    const auto handler = make_handler(
        [&](const Message&, Responder& responder) {
          running = true;
          eventually([&] { return go.load(); });
          responder.send("done");
        },
        true);
    TestHost host(make_protocol("line", "line", handler), Transport::tcp);
    TestClient busy = TestClient::tcp(host.port());
    TestClient idle = TestClient::tcp(host.port());
    busy.send("x\n");
    CPPUNIT_ASSERT(eventually([&] { return running.load() && host.context().state->connections == 2; }));
    host.loop().post([&] { host.loop().for_each([](Channel& channel) { channel.drain(); }); });
    CPPUNIT_ASSERT_EQUAL(std::string(), idle.receive_all());
    go = true;
    CPPUNIT_ASSERT_EQUAL(std::string("done\n"), busy.receive_all());
  }

  void draining_waits_for_the_first_message() {
    TestHost host(make_protocol("line", "line", echo_handler()), Transport::tcp);
    TestClient late = TestClient::tcp(host.port());
    TestClient asked = TestClient::tcp(host.port());
    asked.send("one\n");
    CPPUNIT_ASSERT_EQUAL(std::string("one\n"), asked.receive(4));
    CPPUNIT_ASSERT(eventually([&] { return host.context().state->connections == 2; }));
    host.loop().post([&] { host.loop().for_each([](Channel& channel) { channel.drain(); }); });
    CPPUNIT_ASSERT_EQUAL(std::string(), asked.receive_all());
    late.send("two\n");
    CPPUNIT_ASSERT_EQUAL(std::string("two\n"), late.receive_all());
    CPPUNIT_ASSERT(eventually([&] { return host.closed(CloseReason::shutdown) == 2; }));
  }

  void malformed_bytes_are_logged() {
    TestHost host(make_protocol("netstring", "raw", echo_handler()), Transport::tcp);
    TestClient client = TestClient::tcp(host.port());
    client.send("2:ok,x\n" + std::string(100, 'y'));
    CPPUNIT_ASSERT_EQUAL(std::string("ok"), client.receive_all());
    const std::string bytes = ", first bytes \"x\\x0a" + std::string(30, 'y') + '"';
    CPPUNIT_ASSERT(eventually([&] { return host.log.contains(bytes); }));
  }

 private:
  static std::shared_ptr<Handler> body_or_echo() {
    return make_handler([](const Message& message, Responder& responder) {
      if (message.body == "body") {
        responder.stream(std::make_unique<TestBody>(3'000'000, true), {});
      } else {
        responder.send(message.body);
      }
    });
  }

  static void expect_body(bool as_file) {
    TestHost host(make_protocol("line", "length,bytes=8", body_handler(5'000'000, as_file)), Transport::tcp);
    TestClient client = TestClient::tcp(host.port());
    client.send("x\nx\n");
    const std::string answers = client.receive(2 * 5'000'008);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2 * 5'000'008}, answers.size());
  }

  static void expect_reset(TestBody::Flaw flaw, bool as_file) {
    constexpr std::size_t kSize = 3'000'000;
    TestHost host(make_protocol("line", "raw", body_handler(kSize, as_file, flaw)), Transport::tcp);
    TestClient client = TestClient::tcp(host.port());
    client.send("x\n");
    std::size_t received = 0;
    bool reset = false;
    try {
      for (std::string more = client.receive(); !more.empty(); more = client.receive()) received += more.size();
    } catch (const std::system_error& error) {
      reset = error.code().value() == ECONNRESET;
    }
    CPPUNIT_ASSERT(reset);
    CPPUNIT_ASSERT(received < kSize);
    CPPUNIT_ASSERT(eventually([&] { return host.closed(CloseReason::body_failed) == 1; }));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(StreamConnectionTest);

}  // namespace
}  // namespace netkit::testing
