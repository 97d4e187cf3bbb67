// UDP echo as fast as the kernel lets it: a batch of datagrams in by recvmmsg, the same out by sendmmsg.
// usage: udp-mmsg, prints its port; ends on SIGTERM.

#include <sys/socket.h>

#include <cerrno>
#include <vector>

#include "server.h"

int main() {
  constexpr unsigned kBatch = 64;
  constexpr std::size_t kDatagram = 65536;
  const int socket = reference::bind_loopback(SOCK_DGRAM);
  reference::announce(socket);

  std::vector<char> bytes(kBatch * kDatagram);
  sockaddr_in peers[kBatch];
  iovec pieces[kBatch];
  mmsghdr datagrams[kBatch]{};
  for (unsigned i = 0; i < kBatch; ++i) {
    datagrams[i].msg_hdr.msg_name = &peers[i];
    datagrams[i].msg_hdr.msg_iov = &pieces[i];
    datagrams[i].msg_hdr.msg_iovlen = 1;
    datagrams[i].msg_hdr.msg_namelen = sizeof peers[i];
    pieces[i] = {bytes.data() + i * kDatagram, kDatagram};
  }
  for (;;) {
    const int got = ::recvmmsg(socket, datagrams, kBatch, MSG_WAITFORONE, nullptr);
    if (got < 0 && errno != EINTR) reference::fail("recvmmsg");
    for (int i = 0; i < got; ++i) pieces[i].iov_len = datagrams[i].msg_len;
    for (int done = 0; done < got;) {
      const int sent = ::sendmmsg(socket, datagrams + done, static_cast<unsigned>(got - done), 0);
      done += sent > 0 ? sent : 1;  // what cannot be sent is dropped
    }
    for (int i = 0; i < got; ++i) {
      pieces[i].iov_len = kDatagram;
      datagrams[i].msg_hdr.msg_namelen = sizeof peers[i];
    }
  }
}
