#include "each/source.h"

#include <arpa/inet.h>

#include <array>

namespace netkit::process {

std::string source_of(const Peer& peer) {
  if (peer.credentials) return "uid " + std::to_string(peer.credentials->user);
  constexpr std::size_t kNetwork = 8;
  std::array<char, 16> address{};
  if (::inet_pton(AF_INET6, peer.host.c_str(), address.data()) != 1) return peer.host;
  return {address.data(), kNetwork};
}

}  // namespace netkit::process
