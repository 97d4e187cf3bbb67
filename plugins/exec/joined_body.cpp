#include "joined_body.h"

#include <algorithm>
#include <memory>

namespace netkit::exec {

JoinedBody::JoinedBody(std::vector<AnswerBody> parts) : parts_(std::move(parts)) {
  for (const AnswerBody& part : parts_) size_ += part.size();
}

std::size_t JoinedBody::read(std::span<char> into) {
  while (part_ < parts_.size() && position_ == parts_[part_].size()) {
    parts_[part_++] = {};
    position_ = 0;
  }
  if (part_ == parts_.size()) return 0;
  const AnswerBody& part = parts_[part_];
  const std::size_t count = part.source ? part.source->read(into)
                                        : part.text.copy(into.data(), into.size(), static_cast<std::size_t>(position_));
  position_ += count;
  return count;
}

AnswerBody join(std::vector<AnswerBody> parts) {
  if (std::ranges::any_of(parts, [](const AnswerBody& part) { return part.source != nullptr; })) {
    return {.source = std::make_unique<JoinedBody>(std::move(parts))};
  }
  AnswerBody all;
  for (const AnswerBody& part : parts) all.text += part.text;
  return all;
}

}  // namespace netkit::exec
