#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "host/loop/event_loop.h"
#include "host/loop/session_report.h"

namespace netkit {

/// Asks every loop for those of its conversations that the query is for, each on its own thread, and calls `done` on
/// the last one's. `most` bounds the list. The loops outlive the survey, and run.
void survey_sessions(const std::vector<EventLoop*>& loops, const SessionQuery& query, std::size_t most,
                     std::function<void(std::vector<SessionReport>)> done);

/// Ends a conversation with `killed`, on whichever loop it is, and calls `done` with whether it was there.
void kill_session(const std::vector<EventLoop*>& loops, std::uint64_t id, std::function<void(bool)> done);

}  // namespace netkit
