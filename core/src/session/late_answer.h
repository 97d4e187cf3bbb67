#pragma once

#include <cstddef>
#include <memory>

#include "netkit/attributes.h"
#include "netkit/body_source.h"
#include "netkit/conversation.h"
#include "netkit/reply.h"

namespace netkit {

/// An answer that is not framed yet: given by a Reply, sent unasked, or held until the answers before it are complete.
struct LateAnswer {
  SharedBody body{};                     ///< One of these three.
  std::unique_ptr<BodySource> source{};
  Answering answering{};
  Attributes attributes{};

  /// The memory that it holds, in bytes; a streamed body waits in its source, others with who answers.
  std::size_t weight() const { return body ? body->size() : 0; }
};

}  // namespace netkit
