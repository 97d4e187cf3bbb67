#pragma once

#include <cstdint>

namespace netkit {

/// What the kernel says of this process.
struct ProcessFacts {
  double cpu_seconds = 0;
  std::uint64_t open_descriptors = 0;
  std::uint64_t most_descriptors = 0;  ///< RLIMIT_NOFILE.
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t threads = 0;
};

/// Reads them: some system calls, and one for a hundred descriptors. What cannot be read is 0. Any thread.
ProcessFacts process_facts();

}  // namespace netkit
