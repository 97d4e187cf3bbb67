#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <ctime>

#include "netkit-bench/clock.h"

namespace netkit::bench {

/// What another process uses, as the kernel counts it. Throws RunError if it is gone or may not be looked at.
class ProcessView {
 public:
  explicit ProcessView(pid_t pid);

  pid_t pid() const { return pid_; }

  struct Cpu {
    Duration all{0};
    Duration user{0};  ///< Of that, outside the kernel, to 10 ms.
    Cpu operator-(const Cpu& before) const { return {all - before.all, user - before.user}; }
  };
  /// CPU time of all its threads so far, without its children.
  Cpu cpu() const;

  struct Memory {
    std::uint64_t resident = 0;  ///< Bytes, now.
    std::uint64_t highest = 0;   ///< Bytes, the most so far.
  };
  Memory memory() const;

  std::size_t descriptors() const;  ///< How many it has open.

 private:
  pid_t pid_;
  clockid_t clock_{};
};

}  // namespace netkit::bench
