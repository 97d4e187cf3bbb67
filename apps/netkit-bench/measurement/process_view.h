#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <ctime>

#include "netkit-bench/measurement/clock.h"

namespace netkit::bench {

/// Resource usage of another process, from the kernel. Throws RunError if the process is gone or access is denied.
class ProcessView {
 public:
  explicit ProcessView(pid_t pid);

  pid_t pid() const { return pid_; }

  struct Cpu {
    Duration all{0};
    Duration user{0};  ///< The share outside of the kernel, accurate to 10 ms.
    Cpu operator-(const Cpu& before) const { return {all - before.all, user - before.user}; }
  };
  /// CPU time of all its threads so far, without child processes.
  Cpu cpu() const;

  struct Memory {
    std::uint64_t resident = 0;  ///< Bytes now.
    std::uint64_t highest = 0;   ///< Largest value so far, in bytes.
  };
  Memory memory() const;

  std::size_t descriptors() const;  ///< Number of open descriptors.

 private:
  pid_t pid_;
  clockid_t clock_{};
};

}  // namespace netkit::bench
