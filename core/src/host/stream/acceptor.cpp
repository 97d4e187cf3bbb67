#include "host/stream/acceptor.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <exception>
#include <string>
#include <system_error>
#include <utility>

#include "host/stream/proxy_stage.h"
#include "host/stream/stream_connection.h"

namespace netkit {
namespace {

constexpr int kAcceptsAtOnce = 8;
constexpr int kRoundsAtTheEnd = 512;              // of so many: what the kernel's queue may hold
constexpr std::chrono::milliseconds kPause{100};  // when descriptors or memory have run out
constexpr std::chrono::seconds kLongestPause{1};  // whatever was waited for, the limits may have changed

/// Has a loop do something when there is capacity.
class TaskWaiter final : public CapacityWaiter {
 public:
  explicit TaskWaiter(std::shared_ptr<CancellableTask> task) : task_(std::move(task)) {}
  void capacity_came() noexcept override { task_->call(); }

 private:
  const std::shared_ptr<CancellableTask> task_;
};

void begin(EventLoop& loop, AcceptedSocket&& arrival) {
  if (arrival.context.admission.expects_proxy_header(arrival.address)) {
    ProxyStage::open(loop, std::move(arrival));
  } else {
    StreamConnection::open(loop, std::move(arrival));
  }
}

}  // namespace

Acceptor::Acceptor(EventLoop& loop, std::vector<EventLoop*> loops, std::shared_ptr<const CurrentContext> current,
                   const Poco::Net::ServerSocket& socket)
    : loop_(loop),
      loops_(std::move(loops)),
      current_(std::move(current)),
      socket_(socket),
      resumption_(std::make_shared<CancellableTask>(loop, [this] { start(); })),
      waiter_(std::make_shared<TaskWaiter>(resumption_)) {
  set_heavy(true);  // whoever is here already goes first
}

void Acceptor::pause(bool paused) {
  paused_ = paused;
  if (!paused) return start();
  if (watching_) loop_.unwatch(*this);
  watching_ = false;
}

void Acceptor::start() {
  if (watching_ || paused_) return;
  // Exclusive: one waiting connection wakes one loop, not all of them.
  watching_ = loop_.watch(fd(), *this, EPOLLIN | EPOLLEXCLUSIVE);
  if (!watching_) pause_for(*current_->get(), errno);
}

void Acceptor::on_events(std::uint32_t /*events*/) {
  if (accept_some()) loop_.serve_again(*this, EPOLLIN);  // within the share that the backlog has of this turn
}

/// Accepts kAcceptsAtOnce at most. True if others may wait.
bool Acceptor::accept_some() {
  const std::shared_ptr<ListenerContext> context = current_->get();
  for (int i = 0; i < kAcceptsAtOnce; ++i) {
    Admission::Reservation reservation = context->admission.reserve(loop_.now(), waiter_);
    if (reservation.has_to_wait) {
      pause_until(reservation.wait_until);
      return false;
    }
    PeerAddress address;
    socklen_t size = PeerAddress::capacity();
    UniqueFd connection(::accept4(fd(), address.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection) {
      if (address.is_unix()) address = PeerAddress::of_unix(connection.get());
      hand_over(*context, std::move(connection), address, std::move(reservation.permit));
    } else if (errno == EAGAIN) {
      return false;
    } else if (errno != EINTR && errno != ECONNABORTED && errno != EPROTO) {
      pause_for(*context, errno);
      return false;
    }
  }
  return true;
}

/// Leaves the connections that wait to the kernel.
void Acceptor::pause_until(TimePoint time) {
  if (watching_) loop_.unwatch(*this);
  watching_ = false;
  loop_.set_deadline(*this, std::min(time, loop_.now() + kLongestPause));
}

void Acceptor::pause_for(ListenerContext& context, int error) {
  pause_until(loop_.now() + kPause);  // before the line, for which there may be no memory
  const std::string why = std::generic_category().message(error);
  context.event_now_and_then(LogLevel::error, "accept-failed", {}, "cannot accept: " + why + "; trying again",
                             {"error", why});
}

void Acceptor::hand_over(ListenerContext& context, UniqueFd connection, const PeerAddress& address,
                         ConnectionPermit reserved) {
  ConnectionPermit permit = context.admission.admit(address, std::move(reserved), loop_.now());
  if (!permit) return;
  context.counters.accepted.fetch_add(1, std::memory_order_relaxed);
  AcceptedSocket arrival{context, std::move(connection), address, std::move(permit)};
  EventLoop& loop = choose_loop();
  if (&loop == &loop_) {
    open_here(context, std::move(arrival));
    return;
  }
  loop.hand_over([&loop, arrival = std::move(arrival)]() mutable { begin(loop, std::move(arrival)); });
}

/// Whatever happens to one connection, the acceptor goes on.
void Acceptor::open_here(ListenerContext& context, AcceptedSocket&& arrival) {
  try {
    begin(loop_, std::move(arrival));
  } catch (const std::exception& error) {
    context.event_now_and_then(LogLevel::error, "connection-dropped", {},
                               std::string("connection dropped: ") + error.what(), {"error", error.what()});
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
  resumption_->cancel();
  loop_.guarded(*this, [this] {  // closing the socket would reset those who wait to be accepted
    for (int round = 0; round < kRoundsAtTheEnd && accept_some(); ++round) {
    }
  });
  loop_.unwatch(*this);
  loop_.release(*this);
}

}  // namespace netkit
