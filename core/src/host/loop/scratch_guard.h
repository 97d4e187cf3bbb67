#pragma once

#include "session/output.h"

namespace netkit {

/// Leaves the loop's output empty for the next connection, whatever happened.
class ScratchGuard {
 public:
  explicit ScratchGuard(Output& scratch) : scratch_(scratch) {}
  ~ScratchGuard() { scratch_.clear(); }
  ScratchGuard(const ScratchGuard&) = delete;
  ScratchGuard& operator=(const ScratchGuard&) = delete;

 private:
  Output& scratch_;
};

}  // namespace netkit
