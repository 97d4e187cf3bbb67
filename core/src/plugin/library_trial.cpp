#include "plugin/library_trial.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "netkit/plugin.h"
#include "netkit/unique_fd.h"
#include "plugin/compatibility.h"

namespace netkit {
namespace {

constexpr std::chrono::milliseconds kPatience{5000};
#ifdef __SANITIZE_ADDRESS__
// The child's allocator is not made for fork(2) in a program with threads: it may inherit a lock that one of them held.
constexpr int kTries = 3;
#else
constexpr int kTries = 1;
#endif
constexpr int kSurvived = 42;  // a status that no plugin is likely to exit with

class NoRegistry final : public Registry {
 public:
  void add(HandlerType /*type*/) override {}
  void add(FilterType /*type*/) override {}
  void add(FramingType /*type*/) override {}
};

/// A private copy's path, /proc/PID/fd/N, belongs to the parent, and is barred to this process if the parent has
/// changed its user. Returns the path of the descriptor that this process inherited.
std::string as_own(const std::string& path) {
  const std::string owners = "/proc/" + std::to_string(::getppid()) + "/fd/";
  return path.starts_with(owners) ? "/proc/self/fd/" + path.substr(owners.size()) : path;
}

/// Runs all the plugin's code that a load runs, and unloads it.
void load(const std::string& path) {
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return;
  const auto entry = reinterpret_cast<const PluginDescriptor* (*)()>(::dlsym(library, "netkit_plugin"));
  const PluginDescriptor* descriptor = entry != nullptr ? entry() : nullptr;
  if (descriptor != nullptr && incompatibility(*descriptor).empty()) {
    NoRegistry registry;
    descriptor->enroll(registry);
  }
  ::dlclose(library);
}

/// Closes inherited sockets, so that a connection that the server closes meanwhile really ends for its peer.
void close_sockets() {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(entry.path().filename().string());
    struct stat status {};
    if (::fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode)) ::close(fd);
  }
}

/// Suppresses the child's last messages and its core dump: the parent reports the death.
void die_quietly() {
  for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) std::signal(signal, SIG_DFL);
  const rlimit none{};
  ::setrlimit(RLIMIT_CORE, &none);
  const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nowhere < 0) return;
  ::dup2(nowhere, STDOUT_FILENO);
  ::dup2(nowhere, STDERR_FILENO);
}

[[noreturn]] void be_the_child(const std::string& path) {
  try {
    die_quietly();
    close_sockets();
    load(as_own(path));
  } catch (...) {
    // Not a crash: the real load meets this exception again and reports it.
  }
  ::_exit(kSurvived);
}

/// True if the process ended within the patience.
bool ends(int pidfd) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + kPatience;
  pollfd wait{pidfd, POLLIN, 0};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    if (left.count() <= 0) return false;
    if (::poll(&wait, 1, static_cast<int>(left.count())) > 0) return true;
  }
}

std::string system_message(const char* what) {
  return std::string("cannot be tried out: ") + what + ": " + std::generic_category().message(errno);
}

/// The result of one trial.
struct Trial {
  std::string death{};
  bool over = true;
};

Trial try_out(const std::string& path) {
  const pid_t child = ::fork();
  if (child < 0) return {system_message("fork")};
  if (child == 0) be_the_child(path);
  const UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  Trial trial;
  if (!pidfd) {
    trial.death = system_message("pidfd_open");
  } else if (!ends(pidfd.get())) {
    trial = {"is not loaded within " + std::to_string(kPatience.count() / 1000) + " s", false};
  }
  if (!trial.death.empty()) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!trial.death.empty()) return trial;
  if (WIFSIGNALED(status)) {
    return {std::string("crashes when it is loaded or unloaded: ") + ::strsignal(WTERMSIG(status))};
  }
  if (WEXITSTATUS(status) == kSurvived) return {};
  return {"ends the process that loads it, with status " + std::to_string(WEXITSTATUS(status))};
}

}  // namespace

std::string death_in_trial(const std::string& path) {
  Trial trial = try_out(path);
  for (int tries = 1; !trial.over && tries < kTries; ++tries) trial = try_out(path);
  return trial.death;
}

}  // namespace netkit
