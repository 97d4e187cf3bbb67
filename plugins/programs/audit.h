#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "netkit/log.h"

namespace netkit::programs {

/// What the log says of a command that has ended.
struct AuditRecord {
  std::string_view command;    ///< The program.
  std::string_view arguments;  ///< Its arguments, see quoted_arguments().
  LogField end;                ///< `exit` and the status, `signal` and the number, or `error` and why there is neither.
  std::chrono::nanoseconds duration{0};
  std::uint64_t bytes = 0;  ///< That it has written.
  bool timed_out = false;
};

/// The words behind the first as a shell would read them, cut after some 4 KiB.
std::string quoted_arguments(const std::vector<std::string>& words);

/// Writes that line to a Log or a Conversation.
template <class Destination>
void audit(Destination& log, std::string_view event, const AuditRecord& record) {
  constexpr LogLevel kLevel = LogLevel::info;
  log.event(kLevel, event,
            {{"command", record.command},
             {"arguments", record.arguments},
             record.end,
             {"seconds", std::chrono::duration<double>(record.duration).count()},
             {"bytes", static_cast<std::int64_t>(record.bytes)},
             {"timed_out", record.timed_out}});
}

}  // namespace netkit::programs
