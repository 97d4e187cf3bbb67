#include "capture.h"

#include <algorithm>

namespace netkit::exec {

bool Capture::append(std::string_view bytes) {
  const std::string_view taken = bytes.substr(0, std::min<std::uint64_t>(bytes.size(), most_ - size_));
  size_ += taken.size();
  if (form_ == Form::json) {
    std::string formed;
    json_.add(taken, formed);
    keep(formed);
  } else {
    keep(taken);
  }
  return taken.size() == bytes.size();
}

void Capture::end() {
  std::string rest;
  json_.end(rest);
  keep(rest);
}

void Capture::keep(std::string_view bytes) {
  if (!file_ && text_.size() + bytes.size() > in_memory_) {
    file_.emplace(spool_);
    file_->append(text_);
    text_ = {};
  }
  if (file_) {
    file_->append(bytes);
  } else {
    text_.append(bytes);
  }
}

}  // namespace netkit::exec
