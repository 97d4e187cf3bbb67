#pragma once

#include <sched.h>

#include <thread>
#include <vector>

namespace netkit {

/// A set of processors that a thread may run on (sched_setaffinity(2)).
class CpuSet {
 public:
  /// Those of the calling thread. Empty if the kernel does not tell.
  static CpuSet of_this_thread();

  /// One set for each of its processors.
  std::vector<CpuSet> each() const;

  /// Confines a thread to the set. False with errno if the kernel refuses. Any thread.
  bool confine(std::thread::native_handle_type thread) const;

 private:
  CpuSet() { CPU_ZERO(&cpus_); }

  cpu_set_t cpus_{};
};

}  // namespace netkit
