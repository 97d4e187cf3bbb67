#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <deque>

#include "netkit-bench/failure.h"
#include "netkit-bench/load/lane.h"
#include "netkit/unique_fd.h"

namespace netkit::bench {
namespace {

constexpr std::size_t kRead = std::size_t{256} << 10;
constexpr std::uint64_t kWorthDiscarding = std::uint64_t{64} << 10;
constexpr std::uint64_t kMostDiscarded = std::uint64_t{16} << 20;

/// Binds to the next of 4,000 loopback addresses. A closed connection blocks its port for a minute, and one address has
/// only some 28,000 ports.
void use_next_loopback_address(int descriptor) {
  static std::uint32_t turn = 0;
  ++turn;
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (turn / 250 % 16 << 8) + 1 + turn % 250);
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) {
    throw system_error("cannot use another loopback address");
  }
}

timeval in_timeval(Duration duration) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
  const auto rest = std::chrono::ceil<std::chrono::microseconds>(duration - seconds);
  return {.tv_sec = seconds.count(), .tv_usec = rest.count()};
}

class StreamLane final : public Lane {
 public:
  StreamLane(const LaneContext& context, bool connect_per_request)
      : context_(context), connect_per_request_(connect_per_request) {}

  void open() override {
    if (!connect_per_request_) connect();
  }

  void send(std::size_t count, Time due) override {
    if (count == 0) return;
    if (!socket_) connect();
    due_.push_back({due, count});
    unanswered_ += count;
    unsent_ += count;
    flush();
  }

  std::size_t on_ready(std::uint32_t events) override {
    if ((events & EPOLLOUT) != 0) flush();
    if ((events & ~std::uint32_t{EPOLLOUT}) == 0) return 0;
    const std::size_t before = unanswered_;
    while (receive()) {
    }
    if (connect_per_request_ && unanswered_ == 0) socket_.reset();
    return before - unanswered_;
  }

  std::size_t unanswered() const override { return unanswered_; }

 private:
  struct Due {
    Time time;
    std::size_t count;
  };

  void connect() {
    const Poco::Net::SocketAddress& server = context_.workload.server;
    socket_ = UniqueFd(::socket(server.af(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket_) throw system_error("socket");
    if (connect_per_request_ && server.af() == AF_INET && server.host().isLoopback()) {
      use_next_loopback_address(socket_.get());
    }
    const int on = 1;
    ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const timeval longest = in_timeval(context_.timeout);
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &longest, sizeof longest);
    if (::connect(socket_.get(), server.addr(), server.length()) != 0) {
      if (errno == EINPROGRESS) errno = ETIMEDOUT;  // as a blocking connect does after SO_SNDTIMEO
      throw system_error("cannot connect to " + context_.workload.server_name);
    }
    answers_ = context_.workload.answer_stream();
    next_ = 0;
    context_.poller.add(socket_.get(), *this);
  }

  void flush() {
    const WireCycle& requests = context_.workload.requests;
    while (unsent_ > 0) {
      const std::size_t batch = std::min(unsent_, requests.batch());
      const std::string_view piece = requests.piece(next_, batch).substr(sent_of_next_);
      const ssize_t sent = ::send(socket_.get(), piece.data(), piece.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent >= 0) {
        count_sent(static_cast<std::size_t>(sent), batch);
      } else if (errno == EAGAIN) {
        break;
      } else if (errno != EINTR) {
        throw system_error("cannot send to " + context_.workload.server_name);
      }
    }
  }

  /// Marks `bytes` as sent; they hold at most `batch` messages.
  void count_sent(std::size_t bytes, std::size_t batch) {
    const WireCycle& requests = context_.workload.requests;
    std::size_t whole = 0;
    sent_of_next_ += bytes;
    if (sent_of_next_ == requests.piece(next_, batch).size()) {
      whole = batch;
    } else {
      while (requests.piece(next_, whole + 1).size() <= sent_of_next_) ++whole;
    }
    if (whole == 0) return;
    sent_of_next_ -= requests.piece(next_, whole).size();
    next_ = (next_ + whole) % requests.messages();
    unsent_ -= whole;
  }

  /// Receives once. Returns true if there may be more.
  bool receive() {
    const std::uint64_t discardable = answers_->discardable();
    const bool discard = discardable > kWorthDiscarding;
    const std::size_t room = discard ? std::min(discardable, kMostDiscarded) : kRead;
    // With MSG_TRUNC the kernel drops the bytes instead of copying them (tcp(7)).
    const ssize_t got = ::recv(socket_.get(), discard ? nullptr : context_.buffer.data(), room,
                               discard ? MSG_DONTWAIT | MSG_TRUNC : MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return false;
    if (got == 0) throw RunError(context_.workload.server_name + " closed a connection");
    if (got < 0) throw system_error("cannot receive from " + context_.workload.server_name);
    const auto count = static_cast<std::size_t>(got);
    context_.tally.bytes += count;
    take(discard ? answers_->discard(count) : answers_->take({context_.buffer.data(), count}));
    return count == room;
  }

  void take(const Taken& taken) {
    if (!taken.error.empty()) throw RunError(context_.workload.server_name + ": " + std::string(taken.error));
    if (taken.answers > unanswered_) throw RunError(context_.workload.server_name + ": more answers than messages");
    count_answers(taken.answers);
  }

  void count_answers(std::size_t count) {
    if (count == 0) return;
    context_.tally.answers += count;
    unanswered_ -= count;
    const Time now = Clock::now();
    while (count > 0) {
      Due& oldest = due_.front();
      const std::size_t part = std::min(count, oldest.count);
      context_.tally.latency.add(now - oldest.time, part);
      count -= part;
      oldest.count -= part;
      if (oldest.count == 0) due_.pop_front();
    }
  }

  const LaneContext context_;
  const bool connect_per_request_;
  UniqueFd socket_;
  std::unique_ptr<AnswerStream> answers_;
  std::deque<Due> due_;           // due times of unanswered messages, oldest first
  std::size_t unanswered_ = 0;    // messages
  std::size_t unsent_ = 0;        // messages not yet sent completely
  std::size_t next_ = 0;          // number of the first unsent message
  std::size_t sent_of_next_ = 0;  // bytes of it
};

}  // namespace

std::unique_ptr<Lane> make_stream_lane(const LaneContext& context, bool connect_per_request) {
  return std::make_unique<StreamLane>(context, connect_per_request);
}

}  // namespace netkit::bench
