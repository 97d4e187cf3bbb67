#include "server/memory/memory_relief.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "admission/memory_budget.h"
#include "host/loop/event_loop.h"

namespace netkit {

std::size_t end_heaviest(EventLoop& loop, const MemoryBudget& memory, std::size_t least) {
  std::vector<std::pair<std::size_t, Channel*>> heavy;
  loop.for_each([&heavy, least](Channel& channel) {
    if (const std::size_t weight = channel.weight(); weight >= least && !channel.in_background())
      heavy.emplace_back(weight, &channel);
  });
  std::ranges::sort(heavy, std::greater<>());
  std::size_t ended = 0;
  for (const auto& [weight, channel] : heavy) {
    if (!memory.tight()) break;
    loop.guarded(*channel, [channel = channel] { channel->abort(CloseReason::over_memory); });
    ++ended;
  }
  return ended;
}

}  // namespace netkit
