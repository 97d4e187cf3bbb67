#include "programs/launcher.h"

#include <algorithm>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace netkit::programs {
namespace {

/// The launchers in use. Main thread.
std::vector<std::weak_ptr<Launcher>>& launchers() {
  static std::vector<std::weak_ptr<Launcher>> all;
  return all;
}

}  // namespace

std::shared_ptr<Launcher> Launcher::find(const LauncherPlan& plan) {
  for (const auto& weak : launchers()) {
    std::shared_ptr<Launcher> launcher = weak.lock();
    if (launcher != nullptr && launcher->plan_ == plan) return launcher;
  }
  return nullptr;
}

std::shared_ptr<Launcher> Launcher::shared(const LauncherPlan& plan) {
  std::shared_ptr<Launcher> launcher = find(plan);
  if (launcher != nullptr) return launcher;
  std::erase_if(launchers(), [](const auto& former) { return former.expired(); });
  launchers().emplace_back(launcher = std::make_shared<Launcher>(plan));
  return launcher;
}

Launcher::Launcher(LauncherPlan plan) : plan_(std::move(plan)), process_(std::make_shared<LauncherProcess>(plan_)) {}

std::unique_ptr<SupervisorLink> Launcher::run(const Command& command, const Streams& streams) {
  for (;;) {
    std::unique_ptr<SupervisorLink> supervisor = take_waiting();
    const bool waited = supervisor != nullptr;
    if (!waited) {
      supervisor = make_supervisor();
      supervisor->await_supervisor();
    }
    const int error = supervisor->run(next_id_++, command, streams);
    if (error == 0) return supervisor;
    if (waited && is_gone(error)) continue;  // this idle supervisor had died; try the next one
    put_back(std::move(supervisor));
    throw std::system_error(error, std::generic_category());
  }
}

void Launcher::put_back(std::unique_ptr<SupervisorLink> supervisor) {
  if (supervisor == nullptr || !supervisor->ready()) return;
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(supervisor));
}

/// Takes the most recently used supervisor, whose memory is most likely still in the caches.
std::unique_ptr<SupervisorLink> Launcher::take_waiting() {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) return nullptr;
  std::unique_ptr<SupervisorLink> supervisor = std::move(waiting_.back());
  waiting_.pop_back();
  return supervisor;
}

std::unique_ptr<SupervisorLink> Launcher::make_supervisor() {
  const std::shared_ptr<LauncherProcess> process = process_other_than(nullptr);
  try {
    return std::make_unique<SupervisorLink>(process, next_id_++);
  } catch (const std::system_error&) {
    throw;
  } catch (const std::runtime_error&) {
    if (!process->ended()) throw;
    return std::make_unique<SupervisorLink>(process_other_than(process.get()), next_id_++);
  }
}

std::shared_ptr<LauncherProcess> Launcher::process_other_than(const LauncherProcess* dead) {
  const std::lock_guard lock(mutex_);
  if (process_.get() == dead) process_ = nullptr;
  if (process_ == nullptr) process_ = std::make_shared<LauncherProcess>(plan_);
  return process_;
}

}  // namespace netkit::programs
