#pragma once

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "admission/peer_address.h"
#include "base/seeded_hash.h"

namespace netkit {

/// The source of datagrams as the key of a hash table: address, port and, of a link-local address, its interface.
class PeerKey {
 public:
  explicit PeerKey(const PeerAddress& peer) : port_(peer.port()) {
    const in6_addr address = peer.in_ipv6_form();
    std::memcpy(words_, &address, sizeof words_);
    if (peer.ipv6()) scope_ = reinterpret_cast<const sockaddr_in6*>(peer.data())->sin6_scope_id;
  }

  bool operator==(const PeerKey&) const = default;

  /// For tables whose keys peers choose.
  struct Hash : SeededHash {
    std::size_t operator()(const PeerKey& key) const {
      return mix({key.words_[0], key.words_[1], std::uint64_t{key.scope_} << 16 | key.port_});
    }
  };

 private:
  std::uint64_t words_[2]{};
  std::uint32_t scope_ = 0;
  std::uint16_t port_;
};

}  // namespace netkit
