#include "host/datagram/datagram_batch.h"

#include <cerrno>
#include <cstring>

namespace netkit {
namespace {

// Hops of a datagram that answers none of ours: one less than clients of this machine have, whose default is 64.
constexpr int kHops = 63;
constexpr int kMostRounds = 16;  // to be told

/// Appends to the control data of a message.
template <class Info>
void put_control(msghdr& message, char* space, int level, int type, const Info& info) {
  const std::size_t before = message.msg_control == nullptr ? 0 : message.msg_controllen;
  message.msg_control = space;
  message.msg_controllen = before + CMSG_SPACE(sizeof(Info));
  cmsghdr header{};
  header.cmsg_level = level;
  header.cmsg_type = type;
  header.cmsg_len = CMSG_LEN(sizeof(Info));
  std::memcpy(space + before, &header, sizeof header);
  std::memcpy(space + before + CMSG_LEN(0), &info, sizeof info);
}

}  // namespace

void DatagramRoute::read_local(const msghdr& message) {
  local_ = Local::any;
  to_many_ = false;
  rounds_ = 0;
  auto* headers = const_cast<msghdr*>(&message);  // the CMSG macros know no const
  for (cmsghdr* header = CMSG_FIRSTHDR(headers); header != nullptr; header = CMSG_NXTHDR(headers, header)) {
    if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
      in_pktinfo info;
      std::memcpy(&info, CMSG_DATA(header), sizeof info);
      v4_ = info.ipi_spec_dst;
      // The kernel gives one of our addresses to answer from in place of one that is not ours alone.
      to_many_ = info.ipi_addr.s_addr != info.ipi_spec_dst.s_addr;
      local_ = Local::ipv4;
    } else if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info;
      std::memcpy(&info, CMSG_DATA(header), sizeof info);
      v6_ = info.ipi6_addr;
      interface_ = info.ipi6_ifindex;
      to_many_ = IN6_IS_ADDR_MULTICAST(&v6_);
      local_ = Local::ipv6;
    } else if ((header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_TTL) ||
               (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_HOPLIMIT)) {
      int hops = 0;
      std::memcpy(&hops, CMSG_DATA(header), sizeof hops);
      if (hops <= kHops && hops > kHops - kMostRounds) rounds_ = static_cast<std::uint8_t>(kHops + 1 - hops);
    }
  }
}

void DatagramRoute::write_local(msghdr& message, char* space) const {
  if (local_ == Local::ipv4) {
    in_pktinfo info{};
    info.ipi_spec_dst = v4_;
    put_control(message, space, IPPROTO_IP, IP_PKTINFO, info);
  } else if (local_ == Local::ipv6) {
    in6_pktinfo info{};
    info.ipi6_addr = v6_;
    // Only a link-local address means nothing without its interface; for others the routing table decides.
    if (IN6_IS_ADDR_LINKLOCAL(&v6_)) info.ipi6_ifindex = interface_;
    put_control(message, space, IPPROTO_IPV6, IPV6_PKTINFO, info);
  }
  if (rounds_ == 0) return;
  const bool v4 = local_ == Local::ipv4 || !from.ipv6();
  put_control(message, space, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_TTL : IPV6_HOPLIMIT, kHops - rounds_);
}

void DatagramRoute::prepare(int fd) {
  // Where the kernel refuses one, answers leave as others' do.
  const int on = 1;
  ::setsockopt(fd, IPPROTO_IP, IP_RECVTTL, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_IP, IP_TTL, &kHops, sizeof kHops);
  ::setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &kHops, sizeof kHops);
}

DatagramReader::DatagramReader() : buffers_(std::make_unique_for_overwrite<char[]>(kMost * kLargest)) {
  for (std::size_t i = 0; i < kMost; ++i) {
    pieces_[i] = {buffers_.get() + i * kLargest, kLargest};
    msghdr& header = messages_[i].msg_hdr;
    header.msg_iov = &pieces_[i];
    header.msg_iovlen = 1;
    header.msg_name = routes_[i].from.data();
    header.msg_control = control_[i].data();
  }
}

std::size_t DatagramReader::read(int fd, std::size_t most) {
  for (mmsghdr& message : messages_) {
    message.msg_hdr.msg_namelen = PeerAddress::capacity();
    message.msg_hdr.msg_controllen = DatagramRoute::kControl;
  }
  const int count = ::recvmmsg(fd, messages_.data(), static_cast<unsigned>(most), 0, nullptr);
  if (count <= 0) return 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) routes_[i].read_local(messages_[i].msg_hdr);
  return static_cast<std::size_t>(count);
}

void DatagramWriter::add(std::string_view bytes, const DatagramRoute& route) {
  bytes_.append(bytes);
  items_.push_back({bytes.size(), route});
}

void DatagramWriter::flush(int fd, const Failed& failed) {
  const std::size_t count = items_.size();
  pieces_.resize(count);
  messages_.assign(count, mmsghdr{});
  control_.resize(count);
  char* at = bytes_.last(bytes_.size()).data();
  for (std::size_t i = 0; i < count; ++i) {
    Item& item = items_[i];
    pieces_[i] = {at, item.size};
    at += item.size;
    msghdr& header = messages_[i].msg_hdr;
    header.msg_name = item.route.from.data();
    header.msg_namelen = item.route.from.size();
    header.msg_iov = &pieces_[i];
    header.msg_iovlen = 1;
    item.route.write_local(header, control_[i].data());
  }
  for (std::size_t done = 0; done < count;) {
    const int sent = ::sendmmsg(fd, messages_.data() + done, static_cast<unsigned>(count - done), MSG_NOSIGNAL);
    if (sent > 0) {
      done += static_cast<std::size_t>(sent);
    } else if (errno != EINTR) {
      // This one cannot be sent (too large, no route, no room now): UDP promises nothing, but it is told.
      failed(items_[done].route, errno);
      ++done;
    }
  }
  bytes_.clear();
  items_.clear();
}

}  // namespace netkit
