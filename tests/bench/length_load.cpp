// A closed-loop load for a length-framed uppercase server: each connection keeps so many messages in flight and sends a
// new one for each answer; every answer is compared. Prints one line: messages, seconds, and the CPU that the server
// process used, in nanoseconds a message.
// usage: length-load PORT SERVER_PID CONNECTIONS IN_FLIGHT SIZE SECONDS

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

std::string frame(char letter, std::size_t size) {
  const std::uint32_t field = htonl(static_cast<std::uint32_t>(size));
  std::string bytes(sizeof field, '\0');
  std::memcpy(bytes.data(), &field, sizeof field);
  return bytes.append(size, letter);
}

int dial(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("connect");
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

std::int64_t cpu_ns(pid_t pid) {
  clockid_t clock{};
  timespec used{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &used) != 0) fail("cpu clock");
  return used.tv_sec * 1'000'000'000LL + used.tv_nsec;
}

/// Reads what has come on one connection and returns how many whole answers that completed.
std::size_t receive(int fd, std::size_t& offset, const std::string& expected, std::vector<char>& buffer) {
  const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got == 0) fail("the server closed");
  if (got < 0) {
    if (errno == EAGAIN) return 0;
    fail("recv");
  }
  std::size_t whole = 0;
  for (std::size_t done = 0; done < static_cast<std::size_t>(got);) {
    const std::size_t piece = std::min(expected.size() - offset, static_cast<std::size_t>(got) - done);
    if (std::memcmp(buffer.data() + done, expected.data() + offset, piece) != 0) fail("a wrong answer");
    done += piece;
    offset += piece;
    if (offset == expected.size()) {
      offset = 0;
      ++whole;
    }
  }
  return whole;
}

void send_frames(int fd, const std::string& many, std::size_t bytes) {
  for (std::size_t sent = 0; sent < bytes;) {
    const ssize_t count = ::send(fd, many.data() + sent, bytes - sent, MSG_NOSIGNAL);
    if (count < 0) fail("send");
    sent += static_cast<std::size_t>(count);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::fprintf(stderr, "usage: length-load PORT SERVER_PID CONNECTIONS IN_FLIGHT SIZE SECONDS\n");
    return 64;
  }
  const int port = std::atoi(argv[1]);
  const auto pid = static_cast<pid_t>(std::atoi(argv[2]));
  const auto connections = static_cast<std::size_t>(std::atoi(argv[3]));
  const auto in_flight = static_cast<std::size_t>(std::atoi(argv[4]));
  const auto size = static_cast<std::size_t>(std::atoi(argv[5]));
  const std::chrono::duration<double> time(std::atof(argv[6]));

  const std::string question = frame('a', size);
  const std::string expected = frame('A', size);
  std::string many;
  for (std::size_t i = 0; i < in_flight; ++i) many += question;

  const int epoll = ::epoll_create1(0);
  std::vector<int> sockets;
  std::vector<std::size_t> offsets(connections, 0);
  for (std::size_t i = 0; i < connections; ++i) {
    sockets.push_back(dial(port));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, sockets[i], &event);
  }
  std::vector<char> buffer(std::size_t{256} << 10);
  std::vector<epoll_event> events(256);

  const std::int64_t cpu_before = cpu_ns(pid);
  const Clock::time_point begin = Clock::now();
  for (const int fd : sockets) send_frames(fd, many, many.size());
  std::uint64_t messages = 0;
  while (Clock::now() - begin < time) {
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), 1000);
    for (int i = 0; i < count; ++i) {
      const std::size_t at = events[static_cast<std::size_t>(i)].data.u64;
      const std::size_t whole = receive(sockets[at], offsets[at], expected, buffer);
      messages += whole;
      send_frames(sockets[at], many, whole * question.size());
    }
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  const auto cpu = static_cast<double>(cpu_ns(pid) - cpu_before);
  std::printf("%llu %.3f %.1f\n", static_cast<unsigned long long>(messages), seconds,
              cpu / static_cast<double>(messages));
  return 0;
}
