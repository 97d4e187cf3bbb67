#include <sys/eventfd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <deque>
#include <future>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "cases.h"
#include "netkit/unique_fd.h"
#include "support/test_client.h"
#include "support/test_host.h"
#include "workshop.h"

namespace netkit::micro {
namespace {

using testing::TestClient;
using testing::TestHost;

constexpr std::uint64_t kMostConnections = 1000;
constexpr std::chrono::seconds kIdle{60};
constexpr std::chrono::seconds kPatience{20};

void run_on(EventLoop& loop, const Case::Task& task) {
  std::promise<void> done;
  loop.post([&] {
    task();
    done.set_value();
  });
  done.get_future().wait();
}

/// The answer of both handlers to `bytes`: the framing's own bytes are no letters.
std::string answer_to(std::string bytes, std::string_view handler) {
  if (handler != "uppercase") return bytes;
  for (char& c : bytes) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return bytes;
}

/// What one read gives, in place: a string for each would take longer than the message.
std::string_view read_some(const TestClient& client, std::span<char> room) {
  if (!client.readable(kPatience)) throw std::runtime_error("nothing came");
  const ssize_t count = ::recv(client.fd(), room.data(), room.size(), 0);
  if (count < 0) throw std::system_error(errno, std::generic_category(), "recv");
  return {room.data(), static_cast<std::size_t>(count)};
}

/// Sends `request` in one piece and waits for the whole answer, so that the loop has one event for it.
void exchange(TestClient& client, std::string_view request, std::string_view answer) {
  std::array<char, 8192> room;
  client.send(request);
  while (!answer.empty()) {
    const std::string_view bytes = read_some(client, room);
    expect(!bytes.empty() && answer.substr(0, bytes.size()) == bytes, "another answer");
    answer.remove_prefix(bytes.size());
  }
}

/// A handler's timer that is not due while anything is counted.
class FarTimer final : public TimerQueue::Entry {
 public:
  void expire() override {}
};

/// So many wait on the loop as long as this lasts.
class FarTimers {
 public:
  FarTimers(EventLoop& loop, std::size_t count) : loop_(loop), timers_(count) {
    run_on(loop_, [this] {
      for (FarTimer& timer : timers_) loop_.timers().add(timer, loop_.now() + std::chrono::hours(1));
    });
  }
  ~FarTimers() {
    run_on(loop_, [this] { timers_.clear(); });
  }
  FarTimers(const FarTimers&) = delete;
  FarTimers& operator=(const FarTimers&) = delete;

 private:
  EventLoop& loop_;
  std::deque<FarTimer> timers_;
};

/// Round trips of `at_once` messages each over one connection.
void visit_stream_case(const std::string& handler, std::size_t at_once, Workshop& workshop,
                       const std::function<void(const Case&)>& visit, std::size_t timers = 0) {
  const Protocol protocol = workshop.protocol("length", handler);
  const std::string request = wire_of(protocol, at_once);
  const std::string answer = answer_to(request, handler);
  TestHost host(protocol, Transport::tcp, kMostConnections, kIdle);
  const FarTimers waiting(host.loop(), timers);
  TestClient client = TestClient::tcp(host.port());
  const auto run = [&] {
    for (std::size_t i = 0; i < kBatch; i += at_once) exchange(client, request, answer);
  };
  const std::string beside = timers > 0 ? ", " + std::to_string(timers) + " timers" : "";
  visit({"connection length " + handler + ", " + std::to_string(at_once) + " in flight" + beside, run,
         [&](const Case::Task& task) { run_on(host.loop(), task); }});
}

/// Connections one after the other: accepted, asked one message, ended by the client, closed.
void visit_connect_case(Workshop& workshop, const std::function<void(const Case&)>& visit) {
  const Protocol protocol = workshop.protocol("length", "echo");
  const std::string request = wire_of(protocol, 1);
  TestHost host(protocol, Transport::tcp, kMostConnections, kIdle);
  const auto run = [&] {
    for (std::size_t i = 0; i < kBatch; ++i) {
      TestClient client = TestClient::tcp(host.port());
      exchange(client, request, request);
      client.end_sending();
      std::array<char, 1> room;
      expect(read_some(client, room).empty(), "bytes after the answer");
    }
  };
  visit({"accept, length echo, close", run, [&](const Case::Task& task) { run_on(host.loop(), task); }});
}

/// Keeps a loop from its sockets by a task that waits. The task takes two system calls whatever the other thread does:
/// what wakes threads by futex takes more or fewer instructions from one time to the next.
class Gate {
 public:
  explicit Gate(EventLoop& loop) : loop_(loop) {}

  void close() {
    loop_.post([this] {
      ::eventfd_write(closed_.get(), 1);
      wait_for(opened_);
    });
    wait_for(closed_);
  }
  void open() { ::eventfd_write(opened_.get(), 1); }

 private:
  static void wait_for(const UniqueFd& event) {
    eventfd_t count = 0;
    ::eventfd_read(event.get(), &count);
  }

  EventLoop& loop_;
  UniqueFd closed_{::eventfd(0, EFD_CLOEXEC)};
  UniqueFd opened_{::eventfd(0, EFD_CLOEXEC)};
};

/// Datagrams that the loop finds all at once.
void visit_datagram_case(Workshop& workshop, const std::function<void(const Case&)>& visit) {
  const std::string datagram = body_text();
  TestHost host(workshop.protocol("datagram", "echo"), Transport::udp, kMostConnections, kIdle);
  TestClient client = TestClient::udp(host.port());
  Gate gate(host.loop());
  const auto run = [&] {
    gate.close();
    for (std::size_t i = 0; i < kBatch; ++i) client.send(datagram);
    gate.open();
    std::array<char, 8192> room;
    for (std::size_t i = 0; i < kBatch; ++i) expect(read_some(client, room) == datagram, "another answer");
  };
  visit({"datagram echo, " + std::to_string(kBatch) + " at once", run,
         [&](const Case::Task& task) { run_on(host.loop(), task); }});
}

}  // namespace

void visit_cases_through_sockets(const std::string& plugins, const std::function<void(const Case&)>& visit) {
  Workshop workshop(plugins);
  for (const char* handler : {"echo", "uppercase"}) {
    for (const std::size_t at_once : {std::size_t{1}, kBatch}) visit_stream_case(handler, at_once, workshop, visit);
  }
  for (const std::size_t at_once : {std::size_t{1}, kBatch})
    visit_stream_case("echo", at_once, workshop, visit, 100'000);
  visit_connect_case(workshop, visit);
  visit_datagram_case(workshop, visit);
}

}  // namespace netkit::micro
