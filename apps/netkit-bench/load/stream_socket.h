#pragma once

#include <Poco/Net/SocketAddress.h>

#include <string>

#include "netkit-bench/measurement/clock.h"
#include "netkit/unique_fd.h"

namespace netkit::bench {

/// How to open a connection.
struct StreamTarget {
  const Poco::Net::SocketAddress& address;
  const std::string& name;  ///< For messages.
  bool wait;                ///< False: returns before the connection is made; the first call on it tells if it fails.
  bool one_of_many;         ///< Many connections follow each other: they share out the loopback's addresses.
  Duration timeout;
};

/// Opens a TCP or Unix connection. Throws ConnectError if that fails, RunError if there are no sockets.
UniqueFd open_stream_socket(const StreamTarget& target);

}  // namespace netkit::bench
