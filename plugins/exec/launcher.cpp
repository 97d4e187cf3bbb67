#include "launcher.h"

#include <dlfcn.h>

#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace netkit::exec {
namespace {

/// netkit-launcher stands in the folder above the plugins'.
std::string launcher_program() {
  static const char here = 0;
  Dl_info plugin{};
  if (::dladdr(&here, &plugin) == 0 || plugin.dli_fname == nullptr) {
    throw std::runtime_error("cannot tell which file the exec plugin was loaded from");
  }
  const std::filesystem::path file = std::filesystem::absolute(plugin.dli_fname);
  return (file.parent_path() / ".." / "netkit-launcher").lexically_normal().string();
}

bool is_gone(int error) { return error == EPIPE || error == ECONNRESET || error == ENOTCONN; }

}  // namespace

std::shared_ptr<Launcher> Launcher::shared() {
  static std::mutex mutex;
  static std::weak_ptr<Launcher> launcher;
  const std::lock_guard lock(mutex);
  std::shared_ptr<Launcher> shared = launcher.lock();
  if (shared == nullptr) launcher = shared = std::make_shared<Launcher>(launcher_program());
  return shared;
}

Launcher::Launcher(std::string program)
    : program_(std::move(program)), process_(std::make_shared<LauncherProcess>(program_)) {}

Ticket Launcher::run(const Command& command, int reports, int standard_output, int standard_error) {
  Ticket ticket{process_other_than(nullptr), next_id_++, 0};
  ticket.error = ticket.process->run(ticket.id, command, reports, standard_output, standard_error);
  if (is_gone(ticket.error)) {
    ticket.process = process_other_than(ticket.process.get());
    ticket.error = ticket.process->run(ticket.id, command, reports, standard_output, standard_error);
  }
  return ticket;
}

void Launcher::give_up(const LauncherProcess& dead) {
  const std::lock_guard lock(mutex_);
  if (process_.get() == &dead) process_ = nullptr;
}

std::shared_ptr<LauncherProcess> Launcher::process_other_than(const LauncherProcess* dead) {
  const std::lock_guard lock(mutex_);
  if (process_.get() == dead) process_ = nullptr;
  if (process_ == nullptr) process_ = std::make_shared<LauncherProcess>(program_);
  return process_;
}

}  // namespace netkit::exec
