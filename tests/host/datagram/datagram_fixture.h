#pragma once

#include <arpa/inet.h>
#include <cppunit/extensions/HelperMacros.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "host/conversation/running_loops.h"
#include "host/datagram/datagram_sender.h"
#include "support/fake_session.h"
#include "support/test_client.h"
#include "support/test_host.h"

namespace netkit::testing {

/// A peer of a datagram socket, with the route of what it has sent.
class DatagramPeer {
 public:
  explicit DatagramPeer(std::uint16_t port) : client_(TestClient::udp(port)) {
    sockaddr_in address{};
    ::socklen_t size = sizeof address;
    CPPUNIT_ASSERT_EQUAL(0, ::getsockname(client_.fd(), reinterpret_cast<sockaddr*>(&address), &size));
    std::memcpy(route.from.data(), &address, sizeof address);
  }
  std::string receive() { return client_.receive(); }

  DatagramRoute route;

 private:
  TestClient client_;
};

/// A loop with the sender of a socket that nobody reads: a test says what has come.
class DatagramFixture {
 public:
  DatagramFixture()
      : sender(
            loops[0], socket_.impl()->sockfd(), [](const DatagramRoute&, int) {}, [] {}) {
    state.most_connections = 1000;
  }
  ~DatagramFixture() {
    loops.workers.stop(60'000);
    loops.stop();
  }
  DatagramFixture(const DatagramFixture&) = delete;
  DatagramFixture& operator=(const DatagramFixture&) = delete;

  DatagramPeer peer() const { return DatagramPeer(socket_.address().port()); }

  std::shared_ptr<ListenerContext> context(std::shared_ptr<Handler> handler, Timeouts timeouts = {}) {
    ListenerSettings settings{.name = "test", .protocol = make_protocol("line", "line", std::move(handler))};
    settings.timeouts = timeouts;
    settings.datagrams.most_conversations = 2;
    return std::make_shared<ListenerContext>(std::move(settings), state, loops.workers, log);
  }

  /// What `act` returns on the loop.
  template <class Act>
  std::invoke_result_t<Act> on_loop(Act act) {
    if constexpr (std::is_void_v<std::invoke_result_t<Act>>) {
      loops.on(0, act);
    } else {
      std::optional<std::invoke_result_t<Act>> result;
      loops.on(0, [&] { result.emplace(act()); });
      return *std::move(result);
    }
  }

  static AnswerBudget plenty() {
    return {{AnswerBudget::kUnlimited, AnswerBudget::kUnlimited}, AnswerBudget::kUnlimited, false};
  }
  static std::uint64_t dropped(const ListenerContext& context, DatagramDrop drop) {
    return context.counters.datagrams_dropped[static_cast<std::size_t>(drop)];
  }

  MemoryLog log;
  ServerState state;
  RunningLoops loops{1};

 private:
  Poco::Net::DatagramSocket socket_ = bind_udp({"127.0.0.1", 0, false});

 public:
  DatagramSender sender;
};

}  // namespace netkit::testing
