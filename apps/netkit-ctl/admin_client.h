#pragma once

#include <optional>
#include <stdexcept>
#include <string>

#include "config/values/address.h"
#include "netkit/framing.h"
#include "netkit/unique_fd.h"

namespace netkit::ctl {

/// There is no server at the address, or it says nothing that could be understood.
class NoServer : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct AdminAnswer {
  int status = 0;
  std::string body;
};

/// One connection to an admin endpoint. Blocks; gives up after ten seconds without a byte, a reload's time excepted.
class AdminClient {
 public:
  /// `token`: for changes over TCP; empty: none. Throws NoServer.
  AdminClient(const Address& address, std::string token);

  /// One request. Throws NoServer.
  AdminAnswer ask(const std::string& method, const std::string& path);

 private:
  void send(const std::string& method, const std::string& path);

  UniqueFd socket_;
  const std::string host_;
  const std::string token_;
  const Codec codec_;
};

}  // namespace netkit::ctl
