#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "netkit/plugin.h"
#include "programs/launcher.h"
#include "programs/surroundings.h"

namespace netkit::process {

/// What programs serve.
enum class Per : std::uint8_t { listener, connection, message };

/// What becomes of a conversation whose program has failed.
enum class OnFailure : std::uint8_t { close, busy };

/// The options of one handler, checked.
struct Settings {
  std::vector<std::string> command;
  Per per = Per::listener;
  Framing framing;     ///< Of this side of the pipes.
  bool rich = false;   ///< It is json-header: sessions, events, any number of answers.
  bool marked = true;  ///< It marks where messages end, in both directions.
  std::size_t workers = 1;
  bool answers = true;  ///< Each message is answered.
  std::chrono::nanoseconds timeout{};
  std::size_t queue = 0;
  OnFailure on_failure = OnFailure::close;
  std::chrono::milliseconds grace{};
  std::uint64_t max_messages = 0;       ///< 0: any number.
  std::chrono::nanoseconds max_idle{};  ///< 0: for ever.
  std::uint64_t max_output = 0;
  programs::Surroundings surroundings;
  std::shared_ptr<programs::Launcher> launcher;

  /// The command as it is started, with further variables.
  programs::Command program(std::vector<std::string> variables = {}) const;
};

std::vector<OptionSpec> option_specs();

/// Throws OptionError. Main thread.
Settings read_settings(const Options& options, const HandlerContext& context);

}  // namespace netkit::process
