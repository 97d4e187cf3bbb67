// A stock Poco TCPServer: a thread for each connection, which reads the header, then the body, and writes; the other
// modes read what is there and write it back. usage: poco-server MODE, prints its port; ends on SIGTERM.

#include <Poco/Exception.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/Net/TCPServerConnection.h>
#include <Poco/Net/TCPServerConnectionFactory.h>
#include <Poco/ThreadPool.h>
#include <unistd.h>

#include <string>

#include "server.h"

namespace {

using reference::Mode;
namespace net = Poco::Net;

Mode served_mode = Mode::echo;

class Connection : public net::TCPServerConnection {
 public:
  using TCPServerConnection::TCPServerConnection;

  void run() override {
    try {
      socket().setNoDelay(true);
      if (served_mode == Mode::upper_length) {
        serve_frames();
      } else {
        serve_bytes();
      }
    } catch (const Poco::Exception&) {
      // A reset: this connection is over.
    }
  }

 private:
  bool read(char* into, std::size_t count) {
    for (std::size_t got = 0; got < count;) {
      const int piece = socket().receiveBytes(into + got, static_cast<int>(count - got));
      if (piece <= 0) return false;
      got += static_cast<std::size_t>(piece);
    }
    return true;
  }

  void serve_frames() {
    std::string bytes(reference::kField, '\0');
    while (read(bytes.data(), reference::kField)) {
      const std::uint32_t size = reference::body_size(bytes.data());
      if (size > reference::kLargest) return;
      bytes.resize(reference::kField + size);
      if (!read(bytes.data() + reference::kField, size)) return;
      reference::uppercase(bytes.data() + reference::kField, size);
      socket().sendBytes(bytes.data(), static_cast<int>(bytes.size()));
    }
  }

  void serve_bytes() {
    std::string bytes;
    std::size_t kept = 0;
    for (;;) {
      bytes.resize(kept + kRoom);
      const int got = socket().receiveBytes(bytes.data() + kept, static_cast<int>(kRoom));
      if (got <= 0) return;
      kept += static_cast<std::size_t>(got);
      const std::size_t used = reference::answer(served_mode, bytes.data(), kept);
      if (used > 0) socket().sendBytes(bytes.data(), static_cast<int>(used));
      bytes.erase(0, used);
      kept -= used;
    }
  }

  static constexpr std::size_t kRoom = 16 << 10;
};

}  // namespace

int main(int argc, char** argv) {
  served_mode = reference::parse_mode(argc, argv);
  constexpr int kThreads = 16000;  // more than the connections of any load: a queued one would never be served
  Poco::ThreadPool pool(16, kThreads);
  net::ServerSocket socket;
  socket.bind(net::SocketAddress("127.0.0.1", 0), true, false);
  socket.listen(4096);
  net::TCPServerParams::Ptr params = new net::TCPServerParams;
  params->setMaxThreads(kThreads);
  params->setMaxQueued(kThreads);
  net::TCPServer server(new net::TCPServerConnectionFactoryImpl<Connection>, pool, socket, params);
  server.start();
  reference::announce(socket.impl()->sockfd());
  for (;;) ::pause();
}
