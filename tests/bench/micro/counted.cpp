// The instructions that messages take, in codecs and sessions alone and from socket to socket: to be run under
// callgrind with --separate-threads=yes, which writes a dump for each case with the instructions that kRounds calls of
// it take on the case's thread. Prints how many messages each dump stands for. usage: micro-counted

#include <valgrind/callgrind.h>

#include <cstdio>

#include "cases.h"

namespace {

using netkit::micro::Case;

constexpr std::size_t kRounds = 50;

void count(const Case& each) {
  each.run();  // buffers reach their size, functions are bound
  each.run();
  each.on_thread([] { CALLGRIND_ZERO_STATS; });  // of the thread that asks, like the dump
  for (std::size_t i = 0; i < kRounds; ++i) each.run();
  each.on_thread([&] { CALLGRIND_DUMP_STATS_AT(each.name.c_str()); });
}

}  // namespace

int main() {
  std::printf("%zu\n", kRounds * netkit::micro::kBatch);
  for (const Case& each : netkit::micro::cases_alone(NETKIT_PLUGINS)) count(each);
  netkit::micro::visit_cases_through_sockets(NETKIT_PLUGINS, count);
}
