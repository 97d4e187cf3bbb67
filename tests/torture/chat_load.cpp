// The members of a chat, all in one thread: some talk, some read slowly, the others read as fast as they can. Every
// message has a number, so that a member knows which it has missed. Prints what came of it as one line of JSON.
// usage: chat-load PORT MEMBERS RATE SECONDS SIZE ONE-SLOW-IN: how many messages a second are said by all together, how
// many bytes a line has, and one in how many members reads slowly. The listener on that port of loopback has the
// handler `chat` and the framing `line`. Prints `joined` once all are members; a line on standard input begins it.

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kTalkers = 9;
constexpr std::chrono::milliseconds kTick{100};  // how often the slow ones read
constexpr std::size_t kSip = 128;                // what they read then
constexpr int kSlowReceiveBuffer = 4096;
constexpr std::chrono::seconds kPatience{30};  // without anything new for those who read

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

struct Plan {
  std::uint16_t port;
  std::size_t members;
  std::size_t rate;
  std::chrono::seconds duration;
  std::size_t size;
  std::size_t one_slow_in;

  std::uint64_t messages() const { return rate * static_cast<std::uint64_t>(duration.count()); }
};

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now().time_since_epoch()).count();
}

// A line: who talks, the how manieth of theirs it is, when it was said, and dots up to the size; numbers in digits.
constexpr std::size_t kNumberAt = 3;
constexpr std::size_t kTimeAt = kNumberAt + 11;
constexpr std::size_t kHead = kTimeAt + 20;

std::string padded(std::uint64_t number, std::size_t width) {
  const std::string digits = std::to_string(number);
  return std::string(width - digits.size(), '0') + digits + ' ';
}

std::string line(std::size_t size, std::size_t talker, std::uint64_t number) {
  std::string text = padded(talker, kNumberAt - 1) + padded(number, kTimeAt - kNumberAt - 1) +
                     padded(static_cast<std::uint64_t>(now_us()), kHead - kTimeAt - 1);
  text.resize(size - 1, '.');
  return text += '\n';
}

/// What all members together have found.
struct Tally {
  std::uint64_t received = 0;       // by those who read fast
  std::uint64_t slow_received = 0;  // by the others
  std::uint64_t wrong = 0;          // damaged, twice, out of order, or one's own
  std::uint64_t ended = 0;          // connections that the server has ended
  std::vector<std::uint32_t> delays_us;
};

/// One connection of a chat.
class Member {
 public:
  Member(std::size_t number, const Plan& plan) : number_(number), size_(plan.size) {
    slow_ = number >= kTalkers && number % plan.one_slow_in == plan.one_slow_in - 1;
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd_ < 0) fail("socket");
    if (slow_) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &kSlowReceiveBuffer, sizeof kSlowReceiveBuffer);
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(plan.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("connect");
  }
  ~Member() { ::close(fd_); }
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;

  int fd() const { return fd_; }
  bool slow() const { return slow_; }
  bool over() const { return over_; }

  void say(std::uint64_t number) const {
    const std::string text = line(size_, number_, number);
    // It blocks if the server does not read: that delays all that is said, and is seen in the rate.
    if (::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size())) fail("send");
  }

  /// Reads at most that much of what has come. False if there is nothing.
  bool read(std::vector<char>& room, std::size_t most, Tally& tally) {
    std::memcpy(room.data(), part_.data(), part_.size());
    const ssize_t got =
        ::recv(fd_, room.data() + part_.size(), std::min(most, room.size() - part_.size()), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return false;
    if (got <= 0) {
      over_ = true;
      return false;
    }
    std::string_view bytes(room.data(), part_.size() + static_cast<std::size_t>(got));
    for (; bytes.size() >= size_; bytes.remove_prefix(size_)) hear(bytes.substr(0, size_), tally);
    part_ = bytes;
    return true;
  }

  /// No part of a message is left over.
  bool whole() const { return part_.empty(); }

 private:
  void hear(std::string_view text, Tally& tally) {
    const std::size_t talker = std::strtoul(text.data(), nullptr, 10);
    const std::uint64_t number = std::strtoull(text.data() + kNumberAt, nullptr, 10);
    const bool intact = text.back() == '\n' && text.find_first_not_of('.', kHead) == size_ - 1;
    // One who reads slowly may have missed some before this one.
    const bool next =
        talker < kTalkers && talker != number_ && (slow_ ? number >= heard_[talker] : number == heard_[talker]);
    if (!intact || !next) {
      ++tally.wrong;
      return;
    }
    heard_[talker] = number + 1;
    ++(slow_ ? tally.slow_received : tally.received);
    if (!slow_) {
      tally.delays_us.push_back(
          static_cast<std::uint32_t>(now_us() - std::strtoll(text.data() + kTimeAt, nullptr, 10)));
    }
  }

  const std::size_t number_;
  const std::size_t size_;
  int fd_ = -1;
  bool slow_ = false;
  bool over_ = false;
  std::string part_;
  std::array<std::uint64_t, kTalkers> heard_{};  // of each talker
};

/// The whole chat.
class Chat {
 public:
  explicit Chat(const Plan& plan) : plan_(plan), epoll_(::epoll_create1(EPOLL_CLOEXEC)), room_(256 << 10) {
    for (std::size_t i = 0; i < plan.members; ++i) {
      members_.push_back(std::make_unique<Member>(i, plan));
      if (members_.back()->slow()) continue;
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.ptr = members_.back().get();
      if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, members_.back()->fd(), &event) != 0) fail("epoll_ctl");
    }
    tally_.delays_us.reserve(expected() + 1);
  }
  ~Chat() { ::close(epoll_); }
  Chat(const Chat&) = delete;
  Chat& operator=(const Chat&) = delete;

  std::size_t slow() const {
    return static_cast<std::size_t>(
        std::count_if(members_.begin(), members_.end(), [](const auto& each) { return each->slow(); }));
  }
  /// How many messages those who read fast are to get: each one all but its own.
  std::uint64_t expected() const { return plan_.messages() * (plan_.members - slow() - 1); }

  void talk() {
    const Clock::time_point begin = Clock::now();
    Clock::time_point tick = begin;
    for (std::uint64_t said = 0; said < plan_.messages();) {
      const Clock::time_point now = Clock::now();
      const auto due = static_cast<std::uint64_t>(std::chrono::duration<double>(now - begin).count() *
                                                  static_cast<double>(plan_.rate));
      for (; said <= due && said < plan_.messages(); ++said) members_[said % kTalkers]->say(said / kTalkers);
      sip(now, tick);
      listen();
    }
    seconds_ = std::chrono::duration<double>(Clock::now() - begin).count();
  }

  /// Until those who read fast have all, or nothing comes any more.
  void hear_out() {
    Clock::time_point last = Clock::now();
    Clock::time_point tick = last;
    while (tally_.received < expected() && Clock::now() - last < kPatience) {
      const std::uint64_t before = tally_.received;
      sip(Clock::now(), tick);
      listen();
      if (tally_.received != before) last = Clock::now();
    }
  }

  /// The slow ones have heard enough: they end, and read what is still kept for them.
  void end_slow() {
    for (const auto& member : members_) {
      if (!member->slow()) continue;
      ::shutdown(member->fd(), SHUT_WR);
      const Clock::time_point begin = Clock::now();
      while (!member->over() && Clock::now() - begin < kPatience) {
        if (!member->read(room_, room_.size(), tally_)) listen();
      }
      if (!member->over() || !member->whole()) ++tally_.wrong;
    }
  }

  void print() {
    std::vector<std::uint32_t>& delays = tally_.delays_us;
    std::sort(delays.begin(), delays.end());
    const auto quantile = [&](double part) {
      return delays.empty() ? 0 : delays[static_cast<std::size_t>(part * static_cast<double>(delays.size() - 1))];
    };
    std::printf(
        "{\"said\": %llu, \"seconds\": %.3f, \"slow\": %zu, \"expected\": %llu, \"received\": %llu, \"wrong\": %llu, "
        "\"ended\": %llu, \"slow_received\": %llu, \"slow_missed\": %llu, \"p50_us\": %u, \"p99_us\": %u, "
        "\"most_us\": %u}\n",
        count(plan_.messages()), seconds_, slow(), count(expected()), count(tally_.received), count(tally_.wrong),
        count(tally_.ended), count(tally_.slow_received), count(plan_.messages() * slow() - tally_.slow_received),
        quantile(0.5), quantile(0.99), quantile(1));
  }

 private:
  static unsigned long long count(std::uint64_t number) { return number; }

  /// The slow ones read a little, if it is time.
  void sip(Clock::time_point now, Clock::time_point& tick) {
    if (now < tick) return;
    tick += kTick;
    for (const auto& member : members_) {
      if (!member->slow() || member->over()) continue;
      member->read(room_, kSip, tally_);
      if (member->over()) ++tally_.ended;
    }
  }

  void listen() {
    epoll_event events[256];
    const int count = ::epoll_wait(epoll_, events, 256, 1);
    for (int i = 0; i < count; ++i) {
      auto* member = static_cast<Member*>(events[i].data.ptr);
      member->read(room_, room_.size(), tally_);
      if (!member->over()) continue;
      ++tally_.ended;
      ::epoll_ctl(epoll_, EPOLL_CTL_DEL, member->fd(), nullptr);
    }
  }

  const Plan plan_;
  const int epoll_;
  std::vector<char> room_;
  std::vector<std::unique_ptr<Member>> members_;
  Tally tally_;
  double seconds_ = 0;
};

Plan parse(int argc, char** argv) {
  const auto number = [&](int i) { return std::strtoul(argv[i], nullptr, 10); };
  if (argc == 7 && number(2) > kTalkers && number(5) > kHead && number(6) > 0) {
    return {static_cast<std::uint16_t>(number(1)), number(2), number(3),
            std::chrono::seconds(number(4)),       number(5), number(6)};
  }
  std::fprintf(stderr, "usage: %s PORT MEMBERS RATE SECONDS SIZE ONE-SLOW-IN\n", argv[0]);
  std::exit(64);
}

}  // namespace

int main(int argc, char** argv) {
  const Plan plan = parse(argc, argv);
  rlimit descriptors{};
  ::getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = descriptors.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &descriptors);

  Chat chat(plan);
  std::puts("joined");
  std::fflush(stdout);
  if (std::getchar() == EOF) return 1;
  chat.talk();
  chat.hear_out();
  chat.end_slow();
  chat.print();
  return 0;
}
