#include "server/upgrade.h"

#include <exception>
#include <string>

namespace netkit {

void Upgrade::begin(const PortTable& ports) {
  try {
    child_ = std::make_unique<HandoverChild>(invocation_, ports.all());
    log_.upgrade_began(invocation_.path, child_->pid());
  } catch (const std::exception& error) {
    log_.upgrade_failed("cannot start " + invocation_.path, error.what());
  }
}

bool Upgrade::handed_over() {
  if (!child_) return false;
  switch (child_->look()) {
    case HandoverChild::State::ready:
      log_.upgrade_done(child_->pid());
      return true;
    case HandoverChild::State::failed:
      log_.upgrade_failed("the new one did not come to serve", child_->failure());
      child_.reset();
      return false;
    case HandoverChild::State::starting:
      break;
  }
  return false;
}

bool Upgrade::end() {
  const bool ready = child_ && child_->look() == HandoverChild::State::ready;
  child_.reset();
  return ready;
}

}  // namespace netkit
