#include "host/loop/cpu_set.h"

#include <pthread.h>

#include <cerrno>

namespace netkit {

CpuSet CpuSet::of_this_thread() {
  CpuSet set;
  if (::sched_getaffinity(0, sizeof set.cpus_, &set.cpus_) != 0) CPU_ZERO(&set.cpus_);
  return set;
}

std::vector<CpuSet> CpuSet::each() const {
  std::vector<CpuSet> all;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &cpus_)) continue;
    CPU_SET(cpu, &all.emplace_back(CpuSet()).cpus_);
  }
  return all;
}

bool CpuSet::confine(std::thread::native_handle_type thread) const {
  errno = ::pthread_setaffinity_np(thread, sizeof cpus_, &cpus_);
  return errno == 0;
}

}  // namespace netkit
