#pragma once

#include <string_view>

#include "netkit/reply.h"
#include "settings.h"

namespace netkit::process {

/// What the peer of a program that has failed is told.
inline constexpr std::string_view kProgramFailed = "program-failed";
inline constexpr std::string_view kBusy = "busy";

/// Why a program is killed.
inline constexpr std::string_view kSilent = "has not answered in time (does it flush its output?)";
inline constexpr std::string_view kTakesNoInput = "does not take its input";

/// Why a conversation or message has got no program.
inline constexpr std::string_view kNoneFree = "no program was free for it in time";

/// Sees to a message that its program will not answer. `why` goes to the log.
inline void fail_reply(Reply& reply, OnFailure on_failure, std::string_view why) {
  if (!reply) return;
  if (on_failure == OnFailure::busy) return reply.finish(kBusy);
  reply.conversation().fail(kProgramFailed, why);
  reply.close();
}

}  // namespace netkit::process
