#pragma once

#include <arpa/inet.h>
#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "admission/ip_address.h"
#include "admission/peer_address.h"

namespace netkit::testing {

inline IpAddress ip(const std::string& text) {
  unsigned char bytes[16];
  if (::inet_pton(AF_INET, text.c_str(), bytes) == 1) return IpAddress::v4(bytes);
  CPPUNIT_ASSERT_EQUAL_MESSAGE(text, 1, ::inet_pton(AF_INET6, text.c_str(), bytes));
  return IpAddress::v6(bytes);
}

inline PeerAddress peer(const std::string& address) { return PeerAddress::of(ip(address), 4711); }

}  // namespace netkit::testing
