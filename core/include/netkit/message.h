#pragma once

#include <string_view>

#include "netkit/attributes.h"

namespace netkit {

/// One message of a peer, as its framing cut it out of the bytes. Lasts until the handler's on_message() returns.
struct Message {
  std::string_view body{};  ///< Without its framing.
  /// What the framing read besides the body; null where it has no place for that. Owned by the decoder.
  const Attributes* attributes = nullptr;

  /// The first attribute of that name; null if there is none.
  const AttributeValue* attribute(std::string_view name) const {
    return attributes == nullptr ? nullptr : attributes->find(name);
  }
};

}  // namespace netkit
