#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "admission/peer_address.h"
#include "admission/token_bucket.h"
#include "host/datagram/peer_key.h"

namespace netkit {

/// The lowest port that a system gives to clients that ask for none, as far as this machine knows. What comes from a
/// lower one has bound it, as servers do.
std::uint16_t lowest_client_port();

/// Sources of datagrams that look like servers, each with a rate at which it is answered: two servers that answer each
/// other would do so for ever (RFC 8085 section 6). Loop thread.
class ServiceSources {
 public:
  /// False if the source is over its rate. Beyond kMost sources, further ones share one bucket.
  bool admit(const PeerAddress& source, const BucketSize& rate, TimePoint now);

 private:
  static constexpr std::size_t kMost = 1024;

  TokenBucket& bucket_of(const PeerAddress& source, const BucketSize& rate, TimePoint now);

  std::unordered_map<PeerKey, TokenBucket, PeerKey::Hash> buckets_;
  TokenBucket shared_;
};

}  // namespace netkit
