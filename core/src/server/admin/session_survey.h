#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "host/loop/event_loop.h"
#include "host/loop/session_report.h"

namespace netkit {

/// Asks every loop for its conversations, each on its own thread, and calls `done` on the last one's. `most` bounds the
/// list; an empty `listener` stands for all. The loops outlive the survey, and run.
void survey_sessions(const std::vector<EventLoop*>& loops, const std::string& listener, std::size_t most,
                     std::function<void(std::vector<SessionReport>)> done);

/// Ends a conversation with `killed`, on whichever loop it is, and calls `done` with whether it was there.
void kill_session(const std::vector<EventLoop*>& loops, std::uint64_t id, std::function<void(bool)> done);

}  // namespace netkit
