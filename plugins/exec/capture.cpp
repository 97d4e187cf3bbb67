#include "capture.h"

#include <algorithm>

namespace netkit::exec {

bool Capture::append(std::string_view bytes) {
  const std::string_view kept = bytes.substr(0, std::min<std::uint64_t>(bytes.size(), most_ - size()));
  if (!file_ && text_.size() + kept.size() > in_memory_) {
    file_.emplace(spool_);
    file_->append(text_);
    text_ = {};
  }
  if (file_) {
    file_->append(kept);
  } else {
    text_.append(kept);
  }
  return kept.size() == bytes.size();
}

}  // namespace netkit::exec
