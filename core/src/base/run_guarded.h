#pragma once

#include <exception>

namespace netkit {

/// Runs `act`, which calls into a plugin or may find no memory. If it throws anything at all, `failed(text)` is called
/// with what it said. Inline, as it stands in the way of every message; nothing is paid where nothing is thrown.
template <class Act, class Failed>
[[gnu::always_inline]] inline void run_guarded(Act&& act, Failed&& failed) {
  try {
    act();
  } catch (const std::exception& error) {
    failed(error.what());
  } catch (...) {
    failed("threw something that is not a std::exception");
  }
}

}  // namespace netkit
