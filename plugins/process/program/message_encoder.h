#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "netkit/framing.h"

namespace netkit::process {

/// Frames messages for a program. Each is read again as the program will read it: what would become several messages,
/// or none, is refused, because everything behind it would be taken for something else.
class MessageEncoder {
 public:
  /// `framing`: as this side uses it.
  explicit MessageEncoder(const Framing& framing);

  /// Appends a message. Throws std::length_error, with nothing appended, if the framing cannot carry it.
  void add(std::string_view body, const Attributes& attributes, Buffer& out);

 private:
  void check(std::string_view bytes);

  const Framing framing_;
  const Framing program_side_;
  const std::unique_ptr<Encoder> encoder_;
  std::unique_ptr<Decoder> reader_;
};

}  // namespace netkit::process
