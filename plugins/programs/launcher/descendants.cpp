#include "programs/launcher/descendants.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <memory>
#include <string>
#include <unordered_set>

#include "programs/unix.h"

namespace netkit::programs {
namespace {

constexpr const char* kOwnChildren = "/proc/thread-self/children";
constexpr int kKillAgainMilliseconds = 20;  // until the next try to kill a child

/// Reads the process ids of a `children` file; none if the process is gone.
void append_children(const std::string& file, std::vector<pid_t>& pids) {
  const UniqueFd children(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> piece;
  pid_t pid = 0;
  for (ssize_t count = 0; (count = ::read(children.get(), piece.data(), piece.size())) > 0;) {
    for (const char c : std::string_view(piece.data(), static_cast<std::size_t>(count))) {
      if (c >= '0' && c <= '9') {
        pid = pid * 10 + (c - '0');
      } else if (pid > 0) {
        pids.push_back(std::exchange(pid, 0));
      }
    }
  }
}

/// Each thread of a process has its own children.
void append_children_of_all_threads(pid_t parent, std::vector<pid_t>& pids) {
  const std::string folder = "/proc/" + std::to_string(parent) + "/task";
  const std::unique_ptr<DIR, int (*)(DIR*)> threads(::opendir(folder.c_str()), ::closedir);
  if (threads == nullptr) return;
  while (const dirent* entry = ::readdir(threads.get())) {
    if (entry->d_name[0] != '.') append_children(folder + "/" + entry->d_name + "/children", pids);
  }
}

/// Stops the processes and their descendants, parents first: a stopped process neither forks nor reaps, so its list of
/// children stays valid. Returns the processes that were not in `seen`, and adds them to it.
std::vector<pid_t> stop_families(std::vector<pid_t> pending, std::unordered_set<pid_t>& seen) {
  std::vector<pid_t> found;
  while (!pending.empty()) {
    const pid_t pid = pending.back();
    pending.pop_back();
    if (seen.insert(pid).second) {
      ::kill(pid, SIGSTOP);
      found.push_back(pid);
    }
    append_children_of_all_threads(pid, pending);
  }
  return found;
}

void reap(int child_signals) {
  signalfd_siginfo ignored;
  while (::read(child_signals, &ignored, sizeof ignored) > 0) continue;
  while (::waitpid(-1, nullptr, WNOHANG) > 0) continue;
}

}  // namespace

std::vector<pid_t> own_children() {
  std::vector<pid_t> pids;
  append_children(kOwnChildren, pids);
  return pids;
}

bool can_see_children() { return ::access(kOwnChildren, R_OK) == 0; }

void kill_families(const std::vector<pid_t>& processes) {
  // If a pass finds running processes, they may have started others meanwhile.
  constexpr int kMostPasses = 100;
  std::unordered_set<pid_t> stopped;
  for (int pass = 0; pass < kMostPasses; ++pass) {
    if (stop_families(processes, stopped).empty()) break;
  }
  for (const pid_t pid : stopped) ::kill(pid, SIGKILL);
}

bool kill_descendants(int child_signals, std::chrono::milliseconds patience) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point deadline = Clock::now() + patience;
  for (;;) {
    reap(child_signals);
    const std::vector<pid_t> children = own_children();
    if (children.empty()) return true;
    if (Clock::now() >= deadline) return false;
    kill_families(children);
    // When a process dies its children become ours; the loop goes on until there are none.
    pollfd event{child_signals, POLLIN, 0};
    ::poll(&event, 1, kKillAgainMilliseconds);
  }
}

}  // namespace netkit::programs
