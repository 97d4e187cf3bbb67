#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace netkit::micro {

/// How many messages one call of Case::run works off: what one read brings under load.
inline constexpr std::size_t kBatch = 32;
/// Bytes of each message's body.
inline constexpr std::size_t kBody = 64;

/// One thing whose cost is counted.
struct Case {
  std::string name;           ///< E.g. "decode length" or "session length uppercase".
  std::function<void()> run;  ///< Works off kBatch messages. Throws if something else than those came out.
};

/// Decoding and encoding in every framing; whole sessions with the echo and uppercase plugins of the folder `plugins`.
std::vector<Case> all_cases(const std::string& plugins);

}  // namespace netkit::micro
