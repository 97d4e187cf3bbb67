#pragma once

#include <string>
#include <string_view>

#include "base/run_guarded.h"
#include "netkit/log.h"

namespace netkit {

/// Runs what the server can go on without. If it throws, which it does where there is no memory, `lost` is logged as an
/// error: what is missing now. Throws nothing, as long as the log does not.
template <class Act>
void attempt(Log& log, std::string_view lost, Act&& act) {
  run_guarded(act, [&](const char* why) {
    const auto tell = [&] {
      log.event(LogLevel::error, "not-done", {{"error", why}, {"text", std::string(lost) + ": " + why}});
    };
    run_guarded(tell, [&](const char* /*why*/) { log.event(LogLevel::error, "not-done", {{"text", lost}}); });
  });
}

}  // namespace netkit
