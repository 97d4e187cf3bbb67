#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "host/loop/event_loop.h"
#include "plugin/libraries.h"
#include "server/admin/listener_directory.h"

namespace netkit {

/// How many conversations a plugin's library runs for, by its address.
using PluginUsers = std::map<const void*, std::uint64_t>;

/// Asks every loop which plugins its conversations run on, each on its own thread, and calls `done` on the last one's.
/// A conversation keeps the generation that it began with. The loops outlive the survey, and run. Any thread.
void count_users(const std::vector<EventLoop*>& loops, std::function<void(const PluginUsers&)> done);

/// One object for each generation that is loaded. Any thread.
nlohmann::ordered_json plugins_json(const std::vector<PluginLibraries::Loaded>& loaded,
                                    const ListenerDirectory::Entries& listeners, const PluginUsers& users);

}  // namespace netkit
