#include "netkit-validate/command_line.h"

#include <CLI/CLI.hpp>

#include "netkit-validate/script.h"

namespace netkit::validate {
namespace {

constexpr const char* kDescription = R"text(Examples:
  netkit-validate my-plugins/reverse.so
  netkit-validate my-plugins/slip.so --only 'framing slip: * split*' --seed 7
  netkit-validate answer.lua --option lua.connect.stock=none
  netkit-validate build/lib/netkit/plugins/exec.so --option exec.shell=true --json

Holds the handlers, filters and framings of a plugin, or a script in Lua, to what plugins promise. Each check
runs in a process of its own with a time limit, so that a crash or an endless loop is a result like any other.
)text";

constexpr const char* kFooter = R"text(
Each check is a line: ok, failed: why, or skipped: why. An exception out of on_message() is a failure: what a peer
sends wrong is to be answered. What takes more than 50 ms on the event loop in three runs is one too.

Exit status: 0 if no check has failed, 1 if one has, 64 for a wrong command line.)text";

/// "TYPE.OPTION=VALUE".
void add_option(PluginFile& file, const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::size_t dot = text.find('.');
  if (equals == std::string::npos || dot == std::string::npos || dot > equals) {
    throw UsageError("--option: found '" + text + "', expected TYPE.OPTION=VALUE");
  }
  file.settings[text.substr(0, dot)].emplace_back(text.substr(dot + 1, equals - dot - 1), text.substr(equals + 1));
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
  CommandLine line;
  std::string only;
  std::vector<std::string> options;
  CLI::App app(kDescription, "netkit-validate");
  app.footer(kFooter);
  app.set_version_flag("--version", std::string("netkit-validate ") + NETKIT_VERSION);
  std::string path;
  app.add_option("PLUGIN.so|SCRIPT.lua", path, "The plugin or the script")->required()->check(CLI::ExistingFile);
  app.add_option("--only", only, "Only checks whose names hold this; * stands for any characters")
      ->option_text("PATTERN");
  app.add_option("--seed", line.trial.seed, "Where the random bytes begin (1)")->option_text("N");
  app.add_option("--option", options, "An option that a type is to have, as a config has it")
      ->option_text("TYPE.OPTION=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_flag("--json", line.json, "Print one JSON object");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    const bool help = dynamic_cast<const CLI::CallForHelp*>(&success) != nullptr;
    line.notice = help ? app.help() : std::string(success.what()) + "\n";
    return line;
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  }
  line.trial.file = is_script(path) ? plugin_of_script(path) : PluginFile{.path = path};
  if (is_script(path)) line.trial.script = path;
  for (const std::string& text : options) add_option(line.trial.file, text);
  line.only = "*" + only + "*";
  return line;
}

}  // namespace netkit::validate
