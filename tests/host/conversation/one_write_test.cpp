#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/stream/stream_connection.h"
#include "support/fake_session.h"
#include "support/test_client.h"
#include "support/test_host.h"

namespace netkit::testing {
namespace {

/// The peer of a connection over a socket that keeps writes apart: each read gives what one write has sent.
class WriteWitness {
 public:
  explicit WriteWitness(TestHost& host) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
      throw std::runtime_error("socketpair");
    ours_ = UniqueFd(ends[0]);
    UniqueFd served(ends[1]);
    ::fcntl(served.get(), F_SETFL, O_NONBLOCK);
    std::promise<void> open;
    host.loop().post([&host, &open, served = std::move(served)]() mutable {
      ListenerContext& context = host.context();
      const PeerAddress address = PeerAddress::of_unix(served.get());
      ConnectionPermit permit = context.admission.admit(address, {}, host.loop().now());
      StreamConnection::open(host.loop(), {context, std::move(served), address, std::move(permit)});
      open.set_value();
    });
    open.get_future().wait();
  }

  void say(std::string_view bytes) { CPPUNIT_ASSERT(::send(ours_.get(), bytes.data(), bytes.size(), 0) > 0); }
  std::string next_write() {
    pollfd wait{ours_.get(), POLLIN, 0};
    if (::poll(&wait, 1, 20'000) <= 0) throw std::runtime_error("nothing was written");
    std::array<char, 65536> room;
    const ssize_t count = ::recv(ours_.get(), room.data(), room.size(), 0);
    return {room.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
  }

 private:
  UniqueFd ours_;
};

/// What is sent to one peer within a turn of the loop takes one system call.
class OneWriteTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(OneWriteTest);
  CPPUNIT_TEST(the_answers_of_a_read);
  CPPUNIT_TEST(answers_and_what_the_calls_send_unasked);
  CPPUNIT_TEST(replies_that_are_finished_together);
  CPPUNIT_TEST(what_a_task_sends_to_several_peers);
  CPPUNIT_TEST_SUITE_END();

 public:
  void the_answers_of_a_read() {
    serve([](const Message& message, Responder& responder) { responder.send(message.body); });
    WriteWitness peer(*host_);
    peer.say("a\nb\nc\n");
    CPPUNIT_ASSERT_EQUAL(std::string("a\nb\nc\n"), peer.next_write());
  }

  void answers_and_what_the_calls_send_unasked() {
    serve([](const Message& message, Responder& responder) {
      responder.send(message.body);
      responder.conversation().send("unasked");
      responder.defer().finish("late");
    });
    WriteWitness peer(*host_);
    peer.say("a\n");
    CPPUNIT_ASSERT_EQUAL(std::string("a\nunasked\nlate\n"), peer.next_write());
  }

  void replies_that_are_finished_together() {
    std::vector<Reply> replies;
    std::atomic<bool> all{false};
    serve(
        [&](const Message&, Responder& responder) {
          replies.push_back(responder.defer());
          all = replies.size() == 3;
        },
        3);
    WriteWitness peer(*host_);
    peer.say("a\nb\nc\n");
    CPPUNIT_ASSERT(eventually([&] { return all.load(); }));
    host_->loop().post([&] {
      for (const char* text : {"3", "2", "1"}) {  // out of order: they leave in order all the same
        replies.back().finish(text);
        replies.pop_back();
      }
    });
    CPPUNIT_ASSERT_EQUAL(std::string("1\n2\n3\n"), peer.next_write());
  }

  void what_a_task_sends_to_several_peers() {
    std::vector<Conversation> conversations;
    std::atomic<std::size_t> known{0};
    serve([&](const Message&, Responder& responder) {
      conversations.push_back(responder.conversation());
      ++known;
    });
    std::array<WriteWitness, 2> peers{WriteWitness(*host_), WriteWitness(*host_)};
    for (WriteWitness& peer : peers) peer.say("here\n");
    CPPUNIT_ASSERT(eventually([&] { return known == 2; }));
    host_->loop().post([&] {
      for (int i = 0; i < 3; ++i) {
        for (const Conversation& conversation : conversations) conversation.send(std::to_string(i));
      }
    });
    for (WriteWitness& peer : peers) CPPUNIT_ASSERT_EQUAL(std::string("0\n1\n2\n"), peer.next_write());
  }

 private:
  void serve(FunctionHandler::Function function, std::size_t open_calls = 1) {
    Protocol protocol = make_protocol("line", "line", make_handler(std::move(function)));
    protocol.open_calls = open_calls;
    host_ = std::make_unique<TestHost>(std::move(protocol), Transport::tcp);
  }

  std::unique_ptr<TestHost> host_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(OneWriteTest);

}  // namespace
}  // namespace netkit::testing
