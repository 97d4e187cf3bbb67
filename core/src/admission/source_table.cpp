#include "admission/source_table.h"

#include <cstring>

namespace netkit {

std::size_t SourceTable::Hash::operator()(const IpAddress& address) const {
  std::uint64_t halves[2];
  std::memcpy(halves, address.bytes().data(), sizeof halves);
  return mix({halves[0], halves[1]});
}

SourceTable::Entered SourceTable::enter(const IpAddress& address) {
  const std::lock_guard lock(mutex_);
  Source& source = find(group(address));
  if (source.connections_ == 0) busy_.splice(busy_.end(), idle_, source.place_);
  return {source, ++source.connections_};
}

void SourceTable::leave(Source& source) {
  const std::lock_guard lock(mutex_);
  if (--source.connections_ == 0) idle_.splice(idle_.end(), busy_, source.place_);
}

std::size_t SourceTable::size() const {
  const std::lock_guard lock(mutex_);
  return sources_.size();
}

/// The source of that group, made if it is not known; the mutex is held.
Source& SourceTable::find(const IpAddress& group) {
  const auto found = sources_.find(group);
  if (found != sources_.end()) return found->second;
  if (sources_.size() >= most_ && !idle_.empty()) {
    const IpAddress forgotten = idle_.front()->address;
    idle_.pop_front();
    sources_.erase(forgotten);
  }
  std::list<Source*> place(1);  // before the source, so that no source is without one
  Source& source = sources_.try_emplace(group, group).first->second;
  source.place_ = place.begin();
  *source.place_ = &source;
  idle_.splice(idle_.end(), place);
  return source;
}

}  // namespace netkit
