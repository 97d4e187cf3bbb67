#include "file_body.h"

#include <algorithm>

namespace file_send {

std::size_t FileBody::read(std::span<char> into) {
  // Not beyond the announced size, even if the file has grown.
  const std::uint64_t rest = file_->size() - position_;
  const std::size_t count = file_->read(into.first(std::min<std::uint64_t>(into.size(), rest)), position_);
  position_ += count;
  return count;
}

}  // namespace file_send
