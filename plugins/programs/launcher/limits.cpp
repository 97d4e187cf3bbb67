#include "programs/launcher/limits.h"

#include <sys/resource.h>

#include <algorithm>

namespace netkit::programs {
namespace {

using Resource = __rlimit_resource_t;

/// `reserve`: the hard limit minus the soft one.
void lower(Resource resource, std::uint64_t most, std::uint64_t reserve = 0) {
  rlimit now{};
  ::getrlimit(resource, &now);
  const rlimit lowered{std::min<rlim_t>(most, now.rlim_max), std::min<rlim_t>(most + reserve, now.rlim_max)};
  ::setrlimit(resource, &lowered);
}

}  // namespace

void set_limits(const ResourceLimits& limits) {
  lower(RLIMIT_CORE, 0);
  // SIGXCPU first, so that the answer can tell it from other kills; SIGKILL a second later.
  if (limits.cpu_seconds > 0) lower(RLIMIT_CPU, limits.cpu_seconds, 1);
  if (limits.memory > 0) lower(RLIMIT_AS, limits.memory);
  if (limits.processes > 0) lower(RLIMIT_NPROC, limits.processes);
  if (limits.file_size > 0) lower(RLIMIT_FSIZE, limits.file_size);
  if (limits.open_files > 0) lower(RLIMIT_NOFILE, limits.open_files);
}

}  // namespace netkit::programs
