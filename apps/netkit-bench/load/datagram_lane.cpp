#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>

#include "netkit-bench/failure.h"
#include "netkit-bench/load/lane.h"
#include "netkit/unique_fd.h"

namespace netkit::bench {
namespace {

constexpr std::size_t kBatch = 64;
constexpr Duration kGivenUpAfter = std::chrono::milliseconds(200);

mmsghdr one_piece(iovec& piece) {
  mmsghdr datagram{};
  datagram.msg_hdr.msg_iov = &piece;
  datagram.msg_hdr.msg_iovlen = 1;
  return datagram;
}

class DatagramLane final : public Lane {
 public:
  explicit DatagramLane(const LaneContext& context) : context_(context) {}

  void open() override {
    const Poco::Net::SocketAddress& server = context_.workload.server;
    socket_ = UniqueFd(::socket(server.af(), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket_ || ::connect(socket_.get(), server.addr(), server.length()) != 0) {
      throw system_error("cannot connect to " + context_.workload.server_name);
    }
    context_.poller.add(socket_.get(), *this);
  }

  void send(std::size_t count, Time due) override {
    const Time now = Clock::now();
    for (; count > 0; --count) {
      unanswered_.push_back({next_, due, now});
      outgoing_.push_back(next_);
      next_ = (next_ + 1) % context_.workload.requests.messages();
      if (outgoing_.size() == kBatch) flush();
    }
    flush();
  }

  std::size_t on_ready(std::uint32_t /*events*/) override {
    const std::size_t before = unanswered_.size();
    while (receive()) {
    }
    return before - unanswered_.size();
  }

  std::size_t unanswered() const override { return unanswered_.size(); }

  void resend_lost(Time now) override {
    for (Sent& sent : unanswered_) {
      if (now - sent.last_sent < kGivenUpAfter) continue;
      ++context_.tally.lost;
      ++given_up_;
      sent.last_sent = now;
      outgoing_.push_back(sent.message);
      if (outgoing_.size() == kBatch) flush();
    }
    flush();
  }

 private:
  struct Sent {
    std::size_t message;
    Time due;
    Time last_sent;
  };

  /// Receives once. Returns true if there may be more.
  bool receive() {
    std::array<iovec, kBatch> pieces;
    std::array<mmsghdr, kBatch> datagrams;  // not zeroed as a whole, which would cost more than the system call
    const std::size_t room = context_.buffer.size() / kBatch;
    const std::size_t most = std::min(kBatch, unanswered_.size() + 1);
    for (std::size_t i = 0; i < most; ++i) {
      pieces[i] = {context_.buffer.data() + i * room, room};
      datagrams[i] = one_piece(pieces[i]);
    }
    const int got = ::recvmmsg(socket_.get(), datagrams.data(), static_cast<unsigned>(most), MSG_DONTWAIT, nullptr);
    if (got < 0) {
      if (errno == EAGAIN) return false;
      throw system_error("cannot receive from " + context_.workload.server_name);
    }
    const Time now = Clock::now();
    for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i) {
      take({context_.buffer.data() + i * room, datagrams[i].msg_len}, now);
    }
    return static_cast<std::size_t>(got) == most;
  }

  /// Datagrams that the system does not accept count as lost when they time out.
  void flush() {
    if (outgoing_.empty()) return;
    std::array<iovec, kBatch> pieces;
    std::array<mmsghdr, kBatch> datagrams;
    for (std::size_t i = 0; i < outgoing_.size(); ++i) {
      const std::string_view bytes = context_.workload.requests.piece(outgoing_[i], 1);
      pieces[i] = {const_cast<char*>(bytes.data()), bytes.size()};  // iovec lacks const
      datagrams[i] = one_piece(pieces[i]);
    }
    const int sent = ::sendmmsg(socket_.get(), datagrams.data(), static_cast<unsigned>(outgoing_.size()), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != ENOBUFS && errno != EINTR) {
      throw system_error("cannot send to " + context_.workload.server_name);
    }
    outgoing_.clear();
  }

  /// Checks the oldest message first, because answers mostly arrive in order.
  void take(std::string_view bytes, Time now) {
    const auto answered = std::find_if(unanswered_.begin(), unanswered_.end(),
                                       [&](const Sent& sent) { return is_answer(bytes, sent.message); });
    if (answered == unanswered_.end()) {
      take_late(bytes);
      return;
    }
    ++context_.tally.answers;
    context_.tally.bytes += bytes.size();
    context_.tally.latency.add(now - answered->due, 1);
    unanswered_.erase(answered);
  }

  void take_late(std::string_view bytes) {
    bool known = false;
    for (std::size_t i = 0; i < context_.workload.requests.messages() && !known; ++i) known = is_answer(bytes, i);
    if (!known || given_up_ == 0) throw RunError(context_.workload.server_name + ": a wrong answer");
    --given_up_;
    ++context_.tally.late;
  }

  bool is_answer(std::string_view bytes, std::size_t message) const {
    const auto& answers = context_.workload.answers;
    return !answers || answers->piece(message, 1) == bytes;
  }

  const LaneContext context_;
  UniqueFd socket_;
  std::deque<Sent> unanswered_;        // oldest first
  std::vector<std::size_t> outgoing_;  // message numbers, at most kBatch
  std::size_t next_ = 0;
  std::size_t given_up_ = 0;  // these may still be answered
};

}  // namespace

std::unique_ptr<Lane> make_datagram_lane(const LaneContext& context) { return std::make_unique<DatagramLane>(context); }

}  // namespace netkit::bench
