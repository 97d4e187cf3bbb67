#include "base/ticks.h"

namespace netkit {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kShortest{1};  // a reading is exact to some 100 ns

struct Reading {
  Clock::time_point time = Clock::now();
  std::uint64_t count = ticks();
};

}  // namespace

double ticks_per_second() {
  static const Reading first;
  Reading now;
  while (now.time - first.time < kShortest) now = Reading();
  return static_cast<double>(now.count - first.count) / std::chrono::duration<double>(now.time - first.time).count();
}

}  // namespace netkit
