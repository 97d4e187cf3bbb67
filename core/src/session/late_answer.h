#pragma once

#include <cstddef>
#include <memory>

#include "netkit/attributes.h"
#include "netkit/body_source.h"
#include "netkit/conversation.h"

namespace netkit {

/// An answer that is not framed yet: given by a Reply, sent unasked, or held until the answers before it are complete.
struct LateAnswer {
  SharedBody body{};                     ///< Null for a streamed body.
  std::unique_ptr<BodySource> source{};  ///< Null for a body at hand.
  Attributes attributes{};

  /// The memory that it holds, in bytes; a streamed body waits in its source.
  std::size_t weight() const { return body ? body->size() : 0; }
};

}  // namespace netkit
