#include "launcher.h"

#include <cerrno>
#include <utility>

namespace netkit::exec {
namespace {

bool is_gone(int error) { return error == EPIPE || error == ECONNRESET || error == ENOTCONN; }

}  // namespace

std::shared_ptr<Launcher> Launcher::shared(const std::string& program) {
  static std::mutex mutex;
  static std::weak_ptr<Launcher> launcher;
  const std::lock_guard lock(mutex);
  std::shared_ptr<Launcher> shared = launcher.lock();
  if (shared == nullptr) launcher = shared = std::make_shared<Launcher>(program);
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
