#pragma once

#include <string>

#include "netkit/attributes.h"

namespace netkit::testing {

/// A message as a peer sends or receives it.
struct TestMessage {
  std::string body{};       ///< Without its framing.
  Attributes attributes{};  ///< What the framing says besides.

  bool operator==(const TestMessage&) const = default;
};

}  // namespace netkit::testing
