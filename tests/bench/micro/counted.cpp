// The instructions that codecs and sessions take: to be run under callgrind, which writes a dump for each case with
// the instructions of kRounds calls of it. Prints how many messages each dump stands for. usage: micro-counted

#include <valgrind/callgrind.h>

#include <cstdio>

#include "cases.h"

namespace {

constexpr std::size_t kRounds = 50;

}  // namespace

int main() {
  std::printf("%zu\n", kRounds * netkit::micro::kBatch);
  for (const netkit::micro::Case& each : netkit::micro::all_cases(NETKIT_PLUGINS)) {
    each.run();  // buffers reach their size, functions are bound
    each.run();
    CALLGRIND_ZERO_STATS;
    for (std::size_t i = 0; i < kRounds; ++i) each.run();
    CALLGRIND_DUMP_STATS_AT(each.name.c_str());
  }
}
