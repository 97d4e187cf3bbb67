#include "handler/lua_handler.h"

#include <algorithm>
#include <string>

#include "interpreter/options.h"

namespace netkit::lua {

LuaHandler::LuaHandler(const Options& options, const HandlerContext& context) {
  const Script script(options.text("script"));
  const auto facilities = std::make_shared<Facilities>(options, context);
  const std::vector<std::string>& libraries = checked_libraries(options);
  // A config that is only checked has no loops, but its script may have mistakes.
  const std::size_t loops = std::max<std::size_t>(context.services.loops(), 1);
  try {
    for (std::size_t i = 0; i < loops; ++i) {
      states_.push_back(std::make_unique<ScriptState>(allowance_of(options), libraries, script, facilities));
    }
  } catch (const ScriptError& error) {
    throw OptionError("script", std::string("'script': ") + error.what());
  }
}

HandlerType lua_handler() {
  std::vector<OptionSpec> options = script_options();
  options.push_back({.name = "connect", .type = OptionType::targets, .help = "the servers that the script may reach"});
  return {.name = "lua",
          .help = "what a script in Lua 5.4 answers",
          .options = std::move(options),
          .needs_conversation = true,
          .make = [](const Options& given,
                     const HandlerContext& context) { return std::make_unique<LuaHandler>(given, context); },
          .files = [](const Options& given) { return Script::files(given.text("script")); }};
}

}  // namespace netkit::lua
