#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <deque>

#include "netkit-bench/failure.h"
#include "netkit-bench/load/channel.h"
#include "netkit-bench/load/lane.h"
#include "netkit-bench/load/stream_socket.h"
#include "netkit/unique_fd.h"

namespace netkit::bench {
namespace {

constexpr std::size_t kRead = std::size_t{256} << 10;
constexpr std::uint64_t kWorthDiscarding = std::uint64_t{64} << 10;
constexpr std::uint64_t kMostDiscarded = std::uint64_t{16} << 20;

class StreamLane final : public Lane {
 public:
  StreamLane(const LaneContext& context, bool connect_per_request)
      : context_(context), connect_per_request_(connect_per_request) {}

  void open() override {
    if (connect_per_request_) return;
    const int descriptor = connect(true);
    const Time end = Clock::now() + context_.timeout;
    while (!channel_->established()) {
      pollfd event{.fd = descriptor, .events = POLLIN, .revents = 0};
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
      if (left.count() <= 0) throw RunError("cannot connect to " + server() + ": no TLS handshake in time");
      ::poll(&event, 1, static_cast<int>(left.count()));
    }
  }

  void send(std::size_t count, Time due) override {
    if (count == 0) return;
    if (unanswered_ == 0) progress_ = Clock::now();
    due_.push_back({due, count});
    unanswered_ += count;
    unsent_ += count;
    guarded([this] {
      if (!channel_) connect(false);
      flush();
    });
  }

  std::size_t on_ready(std::uint32_t events) override {
    if (!channel_) return 0;
    const std::uint64_t before = context_.tally.answers;
    guarded([&] {
      if ((events & EPOLLOUT) != 0) flush();
      if ((events & ~std::uint32_t{EPOLLOUT}) != 0) {
        // An end that came with the last bytes is not reported again.
        const bool to_end = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
        while (channel_ && receive(to_end)) {
        }
      }
      if (channel_ && unsent_ > 0) flush();  // a handshake may have ended
    });
    if (connect_per_request_ && unanswered_ == 0) channel_.reset();
    return static_cast<std::size_t>(context_.tally.answers - before);
  }

  std::size_t unanswered() const override { return unanswered_; }

  void look_around(Time now) override {
    if (unanswered_ == 0 || now - progress_ < context_.timeout) return;
    lose(ErrorKind::unanswered, silence_text(context_.timeout) + "; " + std::to_string(unanswered_) + " missing");
  }

 private:
  struct Due {
    Time time;
    std::size_t count;
  };

  const std::string& server() const { return context_.workload.server_name; }

  template <class Work>
  void guarded(const Work& work) {
    try {
      work();
    } catch (const ConnectError& error) {
      lose(ErrorKind::unconnected, error.what());
    } catch (const RunError& error) {
      lose(ErrorKind::broken, error.what());
    }
  }

  /// Gives up the connection and all messages that wait for an answer.
  void lose(ErrorKind kind, const std::string& text) {
    fail(context_.tally, kind, text, std::exchange(unanswered_, 0));
    due_.clear();
    unsent_ = 0;
    channel_.reset();
  }

  /// Returns the descriptor, which belongs to the channel.
  int connect(bool wait) {
    const Workload& workload = context_.workload;
    UniqueFd socket =
        open_stream_socket({workload.server, workload.server_name, wait, connect_per_request_, context_.timeout});
    connecting_ = !wait;
    const int descriptor = socket.get();
    channel_ = workload.tls ? tls_channel(std::move(socket), *workload.tls)
                            : plain_channel(std::move(socket), workload.server.af() != AF_UNIX);
    answers_ = workload.answer_stream();
    next_ = 0;
    sent_of_next_ = 0;
    context_.poller.add(descriptor, *this);
    return descriptor;
  }

  [[noreturn]] void throw_io(const char* what) const {
    if (connecting_) throw ConnectError(system_error("cannot connect to " + server()).what());
    throw system_error(what + server());
  }

  void flush() {
    const WireCycle& requests = context_.workload.requests;
    while (unsent_ > 0) {
      const std::size_t batch = std::min(unsent_, requests.batch());
      const std::string_view piece = requests.piece(next_, batch).substr(sent_of_next_);
      const ssize_t sent = channel_->send(piece);
      if (sent >= 0) {
        connecting_ = false;
        count_sent(static_cast<std::size_t>(sent), batch);
      } else if (errno == EAGAIN) {
        break;
      } else if (errno != EINTR) {
        throw_io("cannot send to ");
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

  /// Receives once. Returns true if there may be more; with `to_end` there is at least the end.
  bool receive(bool to_end) {
    const std::uint64_t discardable = channel_->can_discard() ? answers_->discardable() : 0;
    const bool discard = discardable > kWorthDiscarding;
    const std::size_t room = discard ? std::min(discardable, kMostDiscarded) : kRead;
    const ssize_t got = discard ? channel_->discard(room) : channel_->receive(context_.buffer.first(room));
    if (got < 0 && errno == EAGAIN) return false;
    if (got < 0) throw_io("cannot receive from ");
    if (got == 0) return take_end();
    const auto count = static_cast<std::size_t>(got);
    context_.tally.bytes += count;
    if (!take(discard ? answers_->discard(count) : answers_->take({context_.buffer.data(), count}))) return false;
    return to_end || count == room || !channel_->short_means_empty();
  }

  /// False always: there is no more.
  bool take_end() {
    if (!take(answers_->end())) return false;
    if (unanswered_ > 0) {
      lose(ErrorKind::closed, server() + " closed a connection with " + std::to_string(unanswered_) + " unanswered");
    }
    channel_.reset();  // the next message connects again
    return false;
  }

  /// False: the answers were wrong.
  bool take(const Taken& taken) {
    const std::size_t right = std::min(taken.answers, unanswered_);
    count_answers(right);
    if (!taken.error.empty()) {
      lose(ErrorKind::wrong, server() + ": " + std::string(taken.error));
    } else if (right < taken.answers) {
      lose(ErrorKind::wrong, server() + ": more answers than messages");
    } else {
      return true;
    }
    return false;
  }

  void count_answers(std::size_t count) {
    if (count == 0) return;
    context_.tally.answers += count;
    unanswered_ -= count;
    const Time now = Clock::now();
    progress_ = now;
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
  std::unique_ptr<Channel> channel_;  // nothing: not connected
  bool connecting_ = false;           // nothing has been sent or received yet
  std::unique_ptr<AnswerStream> answers_;
  std::deque<Due> due_;           // due times of unanswered messages, oldest first
  std::size_t unanswered_ = 0;    // messages
  std::size_t unsent_ = 0;        // messages not yet sent completely
  std::size_t next_ = 0;          // number of the first unsent message
  std::size_t sent_of_next_ = 0;  // bytes of it
  Time progress_;                 // of the last answer, or of the first message that waits for one
};

}  // namespace

std::string silence_text(Duration timeout) {
  std::string number = std::to_string(in_seconds(timeout));
  number.erase(number.find_last_not_of('0') + 1);
  if (number.ends_with('.')) number.pop_back();
  return "no answer for " + number + " s";
}

std::unique_ptr<Lane> make_stream_lane(const LaneContext& context, bool connect_per_request) {
  return std::make_unique<StreamLane>(context, connect_per_request);
}

}  // namespace netkit::bench
