// The reference that netkit is measured against: one thread, one epoll descriptor, messages framed in place, all the
// answers of one read in one write. No limits, deadlines or error handling beyond what keeps it alive.
// usage: bare-epoll MODE, prints its port; ends on SIGTERM.

#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "server.h"

namespace {

constexpr std::size_t kRead = 64 << 10;

struct Client {
  int fd;
  std::string kept;     // a part of a message
  std::string pending;  // answers the socket did not take
};

void watch(int epoll, int operation, Client& client, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &client;
  ::epoll_ctl(epoll, operation, client.fd, &event);
}

void send_all(int epoll, Client& client, const char* bytes, std::size_t count) {
  ssize_t sent = 0;
  if (client.pending.empty()) sent = ::send(client.fd, bytes, count, MSG_NOSIGNAL);
  if (sent < 0) sent = 0;
  if (static_cast<std::size_t>(sent) == count) return;
  client.pending.append(bytes + sent, count - static_cast<std::size_t>(sent));
  watch(epoll, EPOLL_CTL_MOD, client, EPOLLIN | EPOLLOUT);
}

void flush(int epoll, Client& client) {
  const ssize_t sent = ::send(client.fd, client.pending.data(), client.pending.size(), MSG_NOSIGNAL);
  if (sent > 0) client.pending.erase(0, static_cast<std::size_t>(sent));
  if (client.pending.empty()) watch(epoll, EPOLL_CTL_MOD, client, EPOLLIN);
}

/// Goes on with a message larger than a read where it is kept: only what is new is copied.
void take_large(int epoll, Client& client, const char* bytes, std::size_t count, reference::Mode mode) {
  client.kept.append(bytes, count);
  const std::size_t used = reference::answer(mode, client.kept.data(), client.kept.size());
  if (used == 0) return;
  send_all(epoll, client, client.kept.data(), used);
  client.kept.erase(0, used);
}

bool serve(int epoll, Client& client, std::vector<char>& buffer, reference::Mode mode) {
  const std::size_t kept = client.kept.size() < kRead ? client.kept.size() : 0;
  std::memcpy(buffer.data(), client.kept.data(), kept);
  const ssize_t got = ::recv(client.fd, buffer.data() + kept, kRead, 0);
  if (got <= 0) return got < 0 && errno == EAGAIN;
  const std::size_t count = kept + static_cast<std::size_t>(got);
  if (client.kept.size() >= kRead) {
    take_large(epoll, client, buffer.data(), count, mode);
    return true;
  }
  const std::size_t used = reference::answer(mode, buffer.data(), count);
  if (used > 0) send_all(epoll, client, buffer.data(), used);
  client.kept.assign(buffer.data() + used, count - used);
  return true;
}

void accept_one(int epoll, int listener) {
  const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
  if (fd < 0) return;
  auto client = std::make_unique<Client>(Client{fd, {}, {}});
  watch(epoll, EPOLL_CTL_ADD, *client, EPOLLIN);
  static_cast<void>(client.release());  // the epoll descriptor has it; freed when the peer is gone
}

}  // namespace

int main(int argc, char** argv) {
  const reference::Mode mode = reference::parse_mode(argc, argv);
  const int listener = reference::bind_loopback(SOCK_STREAM | SOCK_NONBLOCK);
  const int epoll = ::epoll_create1(0);
  epoll_event event{};
  event.events = EPOLLIN;
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  reference::announce(listener);

  std::vector<char> buffer(2 * kRead);  // what is kept, and a read
  epoll_event events[256];
  for (;;) {
    const int count = ::epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < count; ++i) {
      auto* client = static_cast<Client*>(events[i].data.ptr);
      if (client == nullptr) {
        accept_one(epoll, listener);
        continue;
      }
      if ((events[i].events & EPOLLOUT) != 0) flush(epoll, *client);
      if ((events[i].events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0 && !serve(epoll, *client, buffer, mode)) {
        ::close(client->fd);
        const std::unique_ptr<Client> gone(client);
      }
    }
  }
}
