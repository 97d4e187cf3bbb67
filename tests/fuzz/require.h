#pragma once

#include <cstdio>
#include <cstdlib>

namespace netkit::fuzz {

[[noreturn, gnu::cold, gnu::noinline]] inline void fail(const char* promise) {
  std::fputs("Broken: ", stderr);
  std::fputs(promise, stderr);
  std::fputc('\n', stderr);
  std::abort();
}

/// Ends the process, which the fuzzer takes for a finding, unless the promise holds.
inline void require(bool holds, const char* promise) {
  if (!holds) [[unlikely]]
    fail(promise);
}

}  // namespace netkit::fuzz
