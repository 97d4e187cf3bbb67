#include <sysexits.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "command_line.h"
#include "config/load.h"
#include "framing/builtin.h"
#include "listing.h"
#include "plugin/loader.h"
#include "server/log.h"
#include "server/server.h"

namespace netkit {
namespace {

sigset_t handled_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2}) sigaddset(&signals, signal);
  return signals;
}

bool ends_server(int signal) { return signal == SIGINT || signal == SIGTERM; }

void wait_for_end(Log& log) {
  const sigset_t signals = handled_signals();
  for (;;) {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0) continue;
    if (ends_server(signal)) return;
    log.write(LogLevel::warning, std::string(sigabbrev_np(signal)) + " is not acted on by this version");
  }
}

/// True if another signal to end has come since.
bool asked_again() {
  const sigset_t signals = handled_signals();
  const timespec at_once{};
  return ends_server(sigtimedwait(&signals, nullptr, &at_once));
}

int report(const std::vector<Diagnostic>& errors) {
  for (const Diagnostic& error : errors) std::cerr << to_string(error) << '\n';
  return EX_CONFIG;
}

int list_plugins(PluginLoader& loader, const TypeRegistry& registry) {
  const std::vector<std::string> failures = loader.load_all();
  print_types(registry, std::cout);
  for (const std::string& failure : failures) std::cerr << "error: " << failure << '\n';
  return failures.empty() ? EX_OK : EX_CONFIG;
}

int serve(Server& server, PluginLoader& loader, Log& log) {
  if (const std::vector<Diagnostic> errors = server.bind(loader); !errors.empty()) return report(errors);
  server.start();
  for (const std::string& line : server.listening()) std::cout << line << '\n';
  std::cout << "ready" << std::endl;

  wait_for_end(log);
  log.write(LogLevel::info, "stopping: no new connections, running answers finish");
  if (!server.stop(asked_again)) {
    std::fflush(nullptr);
    std::_Exit(EX_SOFTWARE);
  }
  return EX_OK;
}

int run(const CommandLine& command) {
  TypeRegistry registry;
  add_builtin_framings(registry);
  PluginLoader loader(registry, builtin_plugin_folder());

  std::optional<ServerConfig> config;
  if (!command.config.empty()) {
    std::vector<Diagnostic> errors;
    config = load_config(command.config, loader, errors);
    if (!config) return report(errors);
  }
  if (command.action == CommandLine::Action::list_plugins) return list_plugins(loader, registry);
  if (command.action == CommandLine::Action::print_effective) {
    std::cout << print_effective(*config, loader);
    return EX_OK;
  }

  const std::unique_ptr<Log> log = make_stderr_log(command.verbose ? LogLevel::debug : LogLevel::info);
  Server server(*config, *log);
  if (const std::vector<Diagnostic> errors = server.make_handlers(loader); !errors.empty()) return report(errors);
  if (command.action == CommandLine::Action::check) {
    std::cout << command.config << ": ok, " << config->listeners.size() << " listeners\n";
    return EX_OK;
  }
  return serve(server, loader, *log);
}

}  // namespace
}  // namespace netkit

int main(int argc, char** argv) {
  // Before any thread is made, so that every thread has them blocked and only the main one takes them.
  const sigset_t signals = netkit::handled_signals();
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  int exit_status = EX_OK;
  const std::optional<netkit::CommandLine> command = netkit::parse_command_line(argc, argv, exit_status);
  if (!command) return exit_status;
  try {
    return netkit::run(*command);
  } catch (const std::exception& error) {
    std::cerr << "netkit-server: " << error.what() << '\n';
    return EX_SOFTWARE;
  }
}
