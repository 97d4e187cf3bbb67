#include "command_line.h"

#include <sysexits.h>

#include <CLI/CLI.hpp>

namespace netkit {
namespace {

constexpr const char* kDescription = R"(Examples:
  netkit-server netkit.json
  netkit-server --config netkit.json --check
  netkit-server --config netkit.json --print-effective
  netkit-server --config netkit.json --reload-plan next.json
  netkit-server --list-plugins

Serves TCP, TLS, UDP and Unix listeners with the handlers and framings that a config names.
)";

}  // namespace

std::optional<CommandLine> parse_command_line(int argc, char** argv, int& exit_status) {
  CommandLine parsed;
  parsed.invocation = Invocation::of_this_program(argc, argv);
  bool check = false;
  bool print_effective = false;
  bool print_schema = false;

  CLI::App app(kDescription, "netkit-server");
  app.set_version_flag("--version", "netkit-server " NETKIT_VERSION);
  CLI::Option* config = app.add_option("--config,CONFIG", parsed.config, "The config to serve, JSON or INI (.ini)");
  config->type_name("FILE");
  CLI::Option_group* actions = app.add_option_group("Instead of serving");
  actions->add_flag("--check", check, "Check the config and its plugins, then exit");
  actions->add_flag("--print-effective", print_effective, "Print the config with every default written out, then exit");
  actions->add_flag("--print-schema", print_schema,
                    "Print the JSON Schema of configs, with the plugins of the config if one is given, then exit");
  CLI::Option* list_plugins =
      actions->add_option("--list-plugins", parsed.plugin_file,
                          "Print every handler, filter and framing with its options, or those of FILE.so, then exit");
  list_plugins->type_name("[FILE.so]")->expected(0, 1);
  CLI::Option* next =
      actions->add_option("--reload-plan", parsed.next_config,
                          "Print what a server with --config would change if it were given FILE, then exit");
  next->type_name("FILE");
  actions->require_option(0, 1);
  app.add_flag("-v,--verbose", parsed.verbose, "Log everything, and every connection");
  app.footer(
      "Prints a line for each listener once it is bound, then 'ready'. SIGTERM and SIGINT stop accepting and let\n"
      "running answers finish; a second one ends at once. SIGHUP reads the config again and applies the difference.\n"
      "SIGUSR1 and SIGHUP open the log file anew; SIGUSR1 also has what each listener counted written into it.\n"
      "SIGUSR2 starts the program anew, hands the listening sockets over and ends once the new one serves. Sockets "
      "that\n"
      "systemd passes in are served in place of own ones. More: docs/operations.md.\n"
      "Exit status: 0 done, 64 wrong command line, 70 a handler had to be left behind, 78 wrong config or an address\n"
      "that cannot be bound.");

  try {
    app.parse(argc, argv);
    if (parsed.config.empty() && list_plugins->empty() && !print_schema) throw CLI::RequiredError("--config");
  } catch (const CLI::ParseError& error) {
    exit_status = app.exit(error) == 0 ? EX_OK : EX_USAGE;
    return std::nullopt;
  }
  if (check) parsed.action = CommandLine::Action::check;
  if (print_effective) parsed.action = CommandLine::Action::print_effective;
  if (print_schema) parsed.action = CommandLine::Action::print_schema;
  if (!parsed.next_config.empty()) parsed.action = CommandLine::Action::reload_plan;
  if (!list_plugins->empty()) parsed.action = CommandLine::Action::list_plugins;
  return parsed;
}

}  // namespace netkit
