#include "host/listener/drain_cut.h"

#include "admission/peer_address.h"
#include "base/run_guarded.h"

namespace netkit {
namespace {

void tell(const SessionReport& report, HostLog& log) {
  const std::string peer = to_string(report.peer);
  const auto count = [](std::uint64_t number) { return static_cast<std::int64_t>(number); };
  const double age = std::chrono::duration<double>(report.age).count();
  const double idle = std::chrono::duration<double>(report.idle).count();
  log.event(LogLevel::info,
            {.listener = report.listener, .transport = report.transport, .peer = peer, .conversation = report.id},
            "drain-cut",
            {{"seconds", age},
             {"idle", idle},
             {"received_bytes", count(report.received_bytes)},
             {"received_messages", count(report.received_messages)},
             {"sent_bytes", count(report.sent_bytes)},
             {"sent_messages", count(report.sent_messages)},
             {"text", "cut off, as the time to drain is over"}});
}

}  // namespace

void cut_off(Channel& channel, HostLog& log) {
  const auto write = [&] {
    if (!log.writes(LogLevel::info)) return;
    if (const std::optional<SessionReport> report = channel.report({})) tell(*report, log);
  };
  run_guarded(write, [](const char* /*why*/) {});  // no memory for the line: it ends all the same
  channel.abort(CloseReason::shutdown);
}

}  // namespace netkit
