#pragma once

#include <netinet/in.h>

#include <vector>

#include "admission/peer_address.h"
#include "host/loop/deadline_wheel.h"

namespace netkit {

/// The addresses of this machine's interfaces, as the kernel lists them. They may change while the server runs: the
/// list is read again when it is asked after more than a second. One thread.
class LocalAddresses {
 public:
  LocalAddresses();

  /// True if `address` is one of them, whatever its port. On a loopback interface a whole IPv4 network is local.
  bool contains(const PeerAddress& address);

 private:
  struct Network {
    in6_addr address;
    in6_addr mask;
  };

  /// Keeps the list there is if the kernel has no descriptor left for the question.
  void read();

  std::vector<Network> networks_;
  TimePoint read_at_;
};

}  // namespace netkit
