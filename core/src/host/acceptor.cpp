#include "host/acceptor.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <exception>
#include <string>
#include <system_error>
#include <utility>

#include "host/stream_connection.h"

namespace netkit {
namespace {

constexpr int kAcceptsPerTurn = 32;
constexpr std::chrono::milliseconds kPause{100};  // when descriptors or memory have run out

}  // namespace

Acceptor::Acceptor(EventLoop& loop, std::vector<EventLoop*> loops, const CurrentContext& current,
                   const Poco::Net::ServerSocket& socket)
    : loop_(loop), loops_(std::move(loops)), current_(current), socket_(socket) {}

void Acceptor::start() {
  // Exclusive: one waiting connection wakes one loop, not all of them.
  if (!loop_.watch(fd(), *this, EPOLLIN | EPOLLEXCLUSIVE)) pause(*current_.get(), errno);
}

void Acceptor::on_events(std::uint32_t /*events*/) {
  const std::shared_ptr<ListenerContext> context = current_.get();
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    PeerAddress address;
    socklen_t size = PeerAddress::capacity();
    UniqueFd connection(::accept4(fd(), address.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection) {
      hand_over(*context, std::move(connection), address);
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR && errno != ECONNABORTED && errno != EPROTO) {
      const int error = errno;
      loop_.unwatch(fd());
      pause(*context, error);
      return;
    }
  }
}

void Acceptor::pause(ListenerContext& context, int error) {
  loop_.set_deadline(*this, loop_.now() + kPause);  // before the line, for which there may be no memory
  const std::string why = std::generic_category().message(error);
  context.log_now_and_then(LogLevel::error, "cannot accept: " + why + "; trying again");
}

void Acceptor::hand_over(ListenerContext& context, UniqueFd connection, const PeerAddress& address) {
  Place place = context.enter();
  if (!place) {
    context.closed(CloseReason::over_limit, address.peer(), "limits.connections reached");
    return;
  }
  context.counters.accepted.fetch_add(1, std::memory_order_relaxed);
  Arrival arrival{std::move(connection), address, std::move(place)};
  EventLoop& loop = choose_loop();
  if (&loop == &loop_) {
    open_here(context, std::move(arrival));
    return;
  }
  // std::function wants to copy, a descriptor does not: the pointer bridges the two.
  auto shared = std::make_shared<Arrival>(std::move(arrival));
  loop.hand_over([&loop, shared] { StreamConnection::open(loop, std::move(*shared)); });
}

/// Whatever happens to one connection, the acceptor goes on.
void Acceptor::open_here(ListenerContext& context, Arrival arrival) {
  try {
    StreamConnection::open(loop_, std::move(arrival));
  } catch (const std::exception& error) {
    context.log_now_and_then(LogLevel::error, std::string("connection dropped: ") + error.what());
  }
}

/// Strict while there are few connections, within an eighth when there are many.
EventLoop& Acceptor::choose_loop() const {
  EventLoop* least = &loop_;
  for (EventLoop* other : loops_) {
    if (other->load() < least->load()) least = other;
  }
  const std::size_t own = loop_.load();
  return least->load() < own - own / 8 ? *least : loop_;
}

void Acceptor::leave() {
  loop_.guarded(*this, [this] { on_events(EPOLLIN); });  // closing the socket would reset those who wait to be accepted
  loop_.unwatch(fd());
  loop_.release(*this);
}

}  // namespace netkit
