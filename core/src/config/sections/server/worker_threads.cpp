#include "config/sections/server/worker_threads.h"

#include <cstdint>

namespace netkit {
namespace {

constexpr std::int64_t kMostThreads = 4096;

}  // namespace

const OptionTable<ServerConfig>& worker_options() {
  static const OptionTable<ServerConfig> table(
      {bind_option<ServerConfig>({.name = "worker_threads",
                                  .type = OptionType::integer,
                                  .help = "how many calls that may block run at once, of all handlers together",
                                  .least = 1,
                                  .most = kMostThreads},
                                 &ServerConfig::worker_threads)});
  return table;
}

void read_worker_threads(ObjectReader& server, ServerConfig& config) {
  worker_options().apply(server.take_options(worker_options().specs()), config, server.errors());
}

}  // namespace netkit
