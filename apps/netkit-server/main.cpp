#include <sys/prctl.h>
#include <sysexits.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "command_line.h"
#include "config/effective.h"
#include "config/schema/config_schema.h"
#include "framing/builtin.h"
#include "listing.h"
#include "netkit/account.h"
#include "server/advice/warnings.h"
#include "server/log/log.h"
#include "server/memory/heap.h"
#include "server/ports/bind.h"
#include "server/process/crash_report.h"
#include "server/process/privileges.h"
#include "server/service.h"

namespace netkit {
namespace {

int report(const Diagnostics& errors) {
  for (const Diagnostic& error : errors) std::cerr << to_string(error) << '\n';
  return EX_CONFIG;
}

/// Prints what one plugin file offers.
int list_plugin(const std::string& file, const std::shared_ptr<PluginLibraries>& libraries) {
  TypeRegistry registry;
  PluginLoader loader(registry, {}, libraries);
  int status = EX_OK;
  try {
    loader.load_path(file);
  } catch (const PluginError& error) {
    std::cerr << "error: " << error.what() << '\n';
    status = EX_CONFIG;
  }
  print_types(registry, std::cout);
  return status;
}

/// Calls `print` with all types there are. If a config is given, includes the plugins that it names and those of its
/// plugin_path; also where it has errors, which are printed too.
template <class Print>
int print_all_types(const CommandLine& command, const std::shared_ptr<PluginLibraries>& libraries, const Print& print) {
  TypeRegistry registry;
  add_builtin_framings(registry);
  PluginLoader loader(registry, builtin_plugin_folder(), libraries);
  Diagnostics errors;
  if (!command.config.empty()) load_config(command.config, loader, errors);
  const std::vector<std::string> failures = loader.load_all();
  print(registry);
  for (const std::string& failure : failures) std::cerr << "error: " << failure << '\n';
  if (!errors.empty()) return report(errors);
  return failures.empty() ? EX_OK : EX_CONFIG;
}

int list_plugins(const CommandLine& command, const std::shared_ptr<PluginLibraries>& libraries) {
  if (!command.plugin_file.empty()) return list_plugin(command.plugin_file, libraries);
  return print_all_types(command, libraries, [](const TypeRegistry& all) { print_types(all, std::cout); });
}

int print_schema_of(const CommandLine& command, const std::shared_ptr<PluginLibraries>& libraries) {
  return print_all_types(command, libraries, [](const TypeRegistry& all) { std::cout << print_schema(all); });
}

int check(const CommandLine& command, Generation& generation, HostLog& log) {
  Server server(generation.config().event_loops, log);
  const Diagnostics errors = server.check(generation.config(), generation.loader());
  if (!errors.empty()) return report(errors);
  const Identity identity = generation.config().identity.value_or(current_identity());
  for (const Warning& warning : warnings_for(command.config, generation.config(), generation.loader(), identity)) {
    std::cerr << command.config << ": warning: " << warning.text << '\n';
  }
  const std::size_t count = generation.config().listeners.size();
  std::cout << command.config << ": ok, " << count << (count == 1 ? " listener\n" : " listeners\n");
  return EX_OK;
}

/// Returns null, and an error, if the file cannot be opened.
std::unique_ptr<ServerLog> open_log(const LogConfig& config, bool verbose, std::optional<Identity> owner,
                                    Diagnostics& errors) {
  try {
    return std::make_unique<ServerLog>(config, verbose, owner);
  } catch (const std::system_error& error) {
    errors.push_back({config.file_where, std::string("cannot open the log: ") + error.what()});
    return nullptr;
  }
}

/// The same to a server that this one was to follow, too.
int report(const Diagnostics& errors, std::optional<HandoverParent>& parent) {
  std::string text;
  for (const Diagnostic& error : errors) text += (text.empty() ? "" : "; ") + to_string(error);
  if (parent) parent->failed(text);
  return report(errors);
}

/// Collects the sockets that were passed in, if any.
Start started_as(const Invocation& invocation, std::optional<HandoverParent>& parent) {
  Start start{.invocation = invocation};
  start.sockets = PassedSockets::from_environment(parent.has_value());
  start.parent = std::move(parent);
  return start;
}

int serve(const CommandLine& command, std::unique_ptr<Generation> generation,
          const std::shared_ptr<PluginLibraries>& libraries, ServerLog& log, SignalReceiver& signals,
          std::optional<HandoverParent> parent) {
  Start start;
  try {
    start = started_as(command.invocation, parent);
  } catch (const BindError& error) {
    return report({{{command.config, 0, 0}, error.what()}}, parent);
  }
  keep_freed_memory();
  set_debuggable(generation->config().debuggable);  // before keys are read
  Service service(command.config, std::move(generation), libraries, log, signals, std::move(start));
  if (const Diagnostics errors = service.bind(); !errors.empty()) return report(errors, service.parent());
  if (!service.run(std::cout)) {
    std::fflush(nullptr);
    std::_Exit(EX_SOFTWARE);
  }
  return EX_OK;
}

/// Prints the changes that a reload from one config to another would make.
int print_reload_plan(const CommandLine& command, Generation& running,
                      const std::shared_ptr<PluginLibraries>& libraries, HostLog& log) {
  Diagnostics errors;
  const std::unique_ptr<Generation> next = Generation::load(command.next_config, libraries, errors);
  if (next) errors = Server(next->config().event_loops, log).check(next->config(), next->loader());
  if (!errors.empty()) return report(errors);
  const ReloadPlan plan(running.flat(), next->flat());
  for (const ReloadPlan::Step& step : plan.steps()) std::cout << to_string(step) << '\n';
  const std::vector<std::string> for_restart = plan.keys_for_restart();
  for (const std::string& key : plan.server_keys()) {
    const bool restart = std::find(for_restart.begin(), for_restart.end(), key) != for_restart.end();
    std::cout << (restart ? "needs restart: " : "changed server: ") << key << '\n';
  }
  return EX_OK;
}

int run(const CommandLine& command, SignalReceiver& signals) {
  const auto libraries = std::make_shared<PluginLibraries>();
  if (command.action == CommandLine::Action::list_plugins) return list_plugins(command, libraries);
  if (command.action == CommandLine::Action::print_schema) return print_schema_of(command, libraries);
  const bool serves = command.action == CommandLine::Action::serve;
  std::optional<HandoverParent> parent;
  if (serves) parent = HandoverParent::from_environment();
  Diagnostics errors;
  std::unique_ptr<Generation> generation = Generation::load(command.config, libraries, errors);
  if (!generation) return report(errors, parent);
  const LogConfig log_config = serves ? generation->config().log : LogConfig();
  const std::unique_ptr<ServerLog> log = open_log(log_config, command.verbose, generation->config().identity, errors);
  if (!log) return report(errors, parent);
  report_crashes(log_config.json);
  switch (command.action) {
    case CommandLine::Action::print_effective:
      std::cout << print_effective(generation->config(), generation->loader());
      return EX_OK;
    case CommandLine::Action::check:
      return check(command, *generation, *log);
    case CommandLine::Action::reload_plan:
      return print_reload_plan(command, *generation, libraries, *log);
    default:
      break;
  }
  return serve(command, std::move(generation), libraries, *log, signals, std::move(parent));
}

}  // namespace
}  // namespace netkit

namespace {

/// Until SignalReceiver is there some signals would end the process, and whoever sends them means a server that runs.
/// Commands of the same user, as those of the server that this one follows, could read its environment meanwhile.
void protect_start(int /*argc*/, char** /*argv*/, char** /*environment*/) {
  ::prctl(PR_SET_DUMPABLE, 0);  // until the config has said whether it is debuggable
  sigset_t early;
  ::sigemptyset(&early);
  for (const int signal : {SIGHUP, SIGUSR1, SIGUSR2}) ::sigaddset(&early, signal);
  ::sigprocmask(SIG_BLOCK, &early, nullptr);
}

/// Called by the dynamic linker before the initializers of the libraries, which take some milliseconds.
[[gnu::section(".preinit_array"), gnu::used]] void (*const before_all)(int, char**, char**) = protect_start;

}  // namespace

int main(int argc, char** argv) {
  int exit_status = EX_OK;
  const std::optional<netkit::CommandLine> command = netkit::parse_command_line(argc, argv, exit_status);
  if (!command) return exit_status;
  try {
    netkit::SignalReceiver signals;
    return netkit::run(*command, signals);
  } catch (const std::exception& error) {
    std::cerr << "netkit-server: " << error.what() << '\n';
    return EX_SOFTWARE;
  }
}
