#include "config/sections/server/event_loops.h"

#include <cstdint>

namespace netkit {
namespace {

constexpr std::int64_t kMostLoops = 1024;
constexpr std::int64_t kLongestSpin = 1'000'000'000;  // a second

}  // namespace

const OptionTable<EventLoops>& event_loop_options() {
  static const OptionTable<EventLoops> table({
      bind_option<EventLoops>({.name = "count",
                               .type = OptionType::integer,
                               .help = "event loops; 0: one for each processor that the server may use",
                               .most = kMostLoops},
                              &EventLoops::count),
      bind_option<EventLoops>({.name = "spin",
                               .type = OptionType::duration,
                               .help = "how long a loop polls after the last event before it sleeps",
                               .most = kLongestSpin},
                              &EventLoops::spin),
      bind_option<EventLoops>(
          {.name = "pin", .type = OptionType::flag, .help = "whether each loop stays on a processor of its own"},
          &EventLoops::pin),
  });
  return table;
}

void read_event_loops(ObjectReader& server, EventLoops& loops) {
  const PlacedOptions given = server.take_object("event_loops", event_loop_options().specs());
  event_loop_options().apply(given, loops, server.errors());
}

}  // namespace netkit
