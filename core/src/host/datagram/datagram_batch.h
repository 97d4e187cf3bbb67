#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "admission/peer_address.h"
#include "netkit/buffer.h"

namespace netkit {

/// The two ends of a datagram: who sent it, and to which of our addresses, so that the answer leaves from there.
class DatagramRoute {
 public:
  PeerAddress from;

  Peer peer() const { return from.peer(); }
  /// True if it was sent to a broadcast or multicast address: then other hosts may have got it too.
  bool to_many() const { return to_many_; }

  /// How many times it has gone to and fro between servers of this machine like this one: each answer leaves with one
  /// hop less to go than what it answers. Told by the header, so that no byte of the datagram is changed.
  int rounds() const { return rounds_; }
  /// It has come from another machine, which its hops tell of.
  void forget_rounds() { rounds_ = 0; }
  /// Has the kernel tell the hops that a datagram has left, and sets those of what is sent.
  static void prepare(int fd);

  /// Takes our address out of a received message's control data.
  void read_local(const msghdr& message);
  /// Puts it into the control data of a message to be sent. `space` is at least kControl bytes.
  void write_local(msghdr& message, char* space) const;

  static constexpr std::size_t kControl = 64;

 private:
  enum class Local : std::uint8_t { any, ipv4, ipv6 };
  Local local_ = Local::any;
  bool to_many_ = false;
  std::uint8_t rounds_ = 0;
  in_addr v4_{};
  in6_addr v6_{};
  unsigned interface_ = 0;
};

/// Receives up to kMost datagrams in one system call. What they hold lasts until the next read().
class DatagramReader {
 public:
  static constexpr std::size_t kMost = 64;
  static constexpr std::size_t kLargest = 65535;  // more than UDP can carry: nothing is ever cut for lack of room

  DatagramReader();

  /// How many were received, at most `most`; 0 if there are none or on an error that concerns no datagram (an ICMP
  /// message).
  std::size_t read(int fd, std::size_t most = kMost);

  std::string_view bytes(std::size_t i) const { return {buffers_.get() + i * kLargest, messages_[i].msg_len}; }
  bool truncated(std::size_t i) const { return (messages_[i].msg_hdr.msg_flags & MSG_TRUNC) != 0; }
  DatagramRoute& route(std::size_t i) { return routes_[i]; }

 private:
  std::unique_ptr<char[]> buffers_;  // touched, and so in memory, as far as datagrams are large
  std::array<std::array<char, DatagramRoute::kControl>, kMost> control_{};
  std::array<DatagramRoute, kMost> routes_{};
  std::array<iovec, kMost> pieces_{};
  std::array<mmsghdr, kMost> messages_{};
};

/// Gathers answers and sends them in as few system calls as it can.
class DatagramWriter {
 public:
  /// Keeps a copy of `bytes` to be sent.
  void add(std::string_view bytes, const DatagramRoute& route);
  bool full() const { return items_.size() >= kMost || bytes_.size() >= kMostBytes; }
  /// Told of each datagram that could not be sent: whose it was, and the errno.
  using Failed = std::function<void(const DatagramRoute& route, int error)>;

  /// Sends what was gathered.
  void flush(int fd, const Failed& failed);

 private:
  static constexpr std::size_t kMost = 64;
  static constexpr std::size_t kMostBytes = std::size_t{256} << 10;

  struct Item {
    std::size_t size;
    DatagramRoute route;
  };

  Buffer bytes_;
  std::vector<Item> items_;
  std::vector<iovec> pieces_;
  std::vector<mmsghdr> messages_;
  std::vector<std::array<char, DatagramRoute::kControl>> control_;
};

}  // namespace netkit
