#include "host/tcp_listener.h"

#include <Poco/Net/TCPServerConnection.h>
#include <Poco/Net/TCPServerConnectionFactory.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "host/stream_connection.h"

namespace netkit {
namespace {

using Poco::Net::TCPServerConnectionFactory;

constexpr int kAcceptsPerTurn = 256;
constexpr int kPauseMs = 100;  // when descriptors or memory have run out

/// TCPServer wants a factory; no connection ever gets as far as that.
class NoConnections final : public TCPServerConnectionFactory {
 public:
  Poco::Net::TCPServerConnection* createConnection(const Poco::Net::StreamSocket& /*socket*/) override {
    return nullptr;
  }
};

}  // namespace

TcpListener::TcpListener(const Poco::Net::ServerSocket& socket, std::shared_ptr<ListenerContext> context,
                         std::vector<EventLoop*> loops)
    : TCPServer(TCPServerConnectionFactory::Ptr(new NoConnections), context->workers.threads(), socket),
      context_(std::move(context)),
      loops_(std::move(loops)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!wake_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

TcpListener::~TcpListener() { halt(); }

void TcpListener::halt() {
  if (halting_.exchange(true)) return;
  ::eventfd_write(wake_.get(), 1);
  stop();
  accept_waiting();  // closing the socket would reset those who wait to be accepted
  Poco::Net::ServerSocket(socket()).close();
}

void TcpListener::use(std::shared_ptr<ListenerContext> context) {
  const std::lock_guard lock(mutex_);
  context_.swap(context);
}

/// Asked once for each turn of accepting, which may bring many connections.
std::shared_ptr<ListenerContext> TcpListener::context() {
  const std::lock_guard lock(mutex_);
  return context_;
}

void TcpListener::run() {
  pollfd waits[] = {{wake_.get(), POLLIN, 0}, {socket().impl()->sockfd(), POLLIN, 0}};
  while (!halting_) {
    ::poll(waits, 2, -1);
    if (halting_ || accept_waiting() == Next::wait) continue;
    ::poll(waits, 1, kPauseMs);
  }
}

TcpListener::Next TcpListener::accept_waiting() {
  const std::shared_ptr<ListenerContext> context = this->context();
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    PeerAddress address;
    socklen_t size = PeerAddress::capacity();
    UniqueFd connection(::accept4(socket().impl()->sockfd(), address.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection) {
      hand_over(*context, std::move(connection), address);
      continue;
    }
    if (errno == EAGAIN) return Next::wait;
    if (errno == EINTR || errno == ECONNABORTED || errno == EPROTO) continue;
    const std::string why = std::generic_category().message(errno);
    context->log_now_and_then(LogLevel::error, "cannot accept: " + why + "; trying again");
    return Next::pause;
  }
  return Next::wait;
}

void TcpListener::hand_over(ListenerContext& context, UniqueFd connection, const PeerAddress& address) {
  Place place = context.enter();
  if (!place) {
    context.closed(CloseReason::over_limit, address.peer(), "limits.connections reached");
    return;
  }
  context.counters.accepted.fetch_add(1, std::memory_order_relaxed);
  EventLoop& loop = *loops_[turn_];
  turn_ = (turn_ + 1) % loops_.size();
  // std::function wants to copy, a descriptor does not: the pointer bridges the two.
  auto arrival = std::make_shared<Arrival>(Arrival{std::move(connection), address, std::move(place)});
  loop.post([&loop, arrival] { StreamConnection::open(loop, std::move(*arrival)); });
}

}  // namespace netkit
