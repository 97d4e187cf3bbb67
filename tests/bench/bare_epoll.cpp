// The reference that netkit is measured against: one thread, one epoll descriptor, a 4-byte big-endian length field
// framed in place, ASCII upper-cased, all the answers of one read in one write. No limits, deadlines or error handling
// beyond what keeps it alive. usage: bare-epoll, prints its port; ends on SIGTERM.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace {

constexpr std::size_t kRead = 64 << 10;
constexpr std::size_t kField = 4;

struct Client {
  int fd;
  std::string kept;     // a part of a message
  std::string pending;  // answers the socket did not take
};

std::size_t answer(char* bytes, std::size_t count) {
  std::size_t used = 0;
  while (count - used >= kField) {
    std::uint32_t size = 0;
    std::memcpy(&size, bytes + used, kField);
    size = ntohl(size);
    if (count - used - kField < size) break;
    char* body = bytes + used + kField;
    for (std::uint32_t i = 0; i < size; ++i) {
      const char c = body[i];
      body[i] = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    }
    used += kField + size;
  }
  return used;
}

void send_all(int epoll, Client& client, const char* bytes, std::size_t count) {
  ssize_t sent = 0;
  if (client.pending.empty()) sent = ::send(client.fd, bytes, count, MSG_NOSIGNAL);
  if (sent < 0) sent = 0;
  if (static_cast<std::size_t>(sent) == count) return;
  client.pending.append(bytes + sent, count - static_cast<std::size_t>(sent));
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT;
  event.data.ptr = &client;
  ::epoll_ctl(epoll, EPOLL_CTL_MOD, client.fd, &event);
}

void flush(int epoll, Client& client) {
  const ssize_t sent = ::send(client.fd, client.pending.data(), client.pending.size(), MSG_NOSIGNAL);
  if (sent > 0) client.pending.erase(0, static_cast<std::size_t>(sent));
  if (!client.pending.empty()) return;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &client;
  ::epoll_ctl(epoll, EPOLL_CTL_MOD, client.fd, &event);
}

bool serve(int epoll, Client& client, std::vector<char>& buffer) {
  const std::size_t kept = client.kept.size();
  if (kept > 0) {
    if (buffer.size() < kept + kRead) buffer.resize(kept + kRead);
    std::memcpy(buffer.data(), client.kept.data(), kept);
  }
  const ssize_t got = ::recv(client.fd, buffer.data() + kept, kRead, 0);
  if (got <= 0) return got < 0 && errno == EAGAIN;
  const std::size_t count = kept + static_cast<std::size_t>(got);
  const std::size_t used = answer(buffer.data(), count);
  if (used > 0) send_all(epoll, client, buffer.data(), used);
  client.kept.assign(buffer.data() + used, count - used);
  return true;
}

}  // namespace

int main() {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int on = 1;
  ::setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener, 4096) != 0) return 1;
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);

  const int epoll = ::epoll_create1(0);
  epoll_event event{};
  event.events = EPOLLIN;
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  std::vector<char> buffer(kRead);
  epoll_event events[256];
  for (;;) {
    const int count = ::epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < count; ++i) {
      auto* client = static_cast<Client*>(events[i].data.ptr);
      if (client == nullptr) {
        const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
        if (fd < 0) continue;
        auto owned = std::make_unique<Client>(Client{fd, {}, {}});
        event.events = EPOLLIN;
        event.data.ptr = owned.get();
        ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
        static_cast<void>(owned.release());  // freed below, when the peer is gone
        continue;
      }
      if ((events[i].events & EPOLLOUT) != 0) flush(epoll, *client);
      if ((events[i].events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0 && !serve(epoll, *client, buffer)) {
        ::close(client->fd);
        const std::unique_ptr<Client> gone(client);
      }
    }
  }
}
