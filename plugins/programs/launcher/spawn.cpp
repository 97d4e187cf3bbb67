#include "programs/launcher/spawn.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <string>
#include <vector>

#include "programs/launcher/limits.h"

namespace netkit::programs {
namespace {

constexpr int kFailedChild = 127;  // nobody sees it: the parent already knows of the failure

std::string_view variable(const std::vector<char*>& environment, std::string_view prefix) {
  for (const char* entry : environment) {
    if (entry != nullptr && std::string_view(entry).starts_with(prefix)) return entry + prefix.size();
  }
  return {};
}

/// Returns the files to try, in order: the program itself if it has a slash, else one per folder of PATH.
std::vector<std::string> program_files(const char* program, const std::vector<char*>& environment) {
  if (std::strchr(program, '/') != nullptr || *program == '\0') return {program};
  std::vector<std::string> files;
  std::string_view rest = variable(environment, "PATH=");
  while (!rest.empty()) {
    const std::string_view folder = rest.substr(0, rest.find(':'));
    if (!folder.empty()) files.push_back(std::string(folder) + "/" + program);
    rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
  }
  return files;
}

/// Everything that the child needs, prepared in advance: the child shares this program's memory and must not allocate.
struct Plan {
  const Request& request;
  std::vector<std::string> files;
  Streams streams;
  const Identity* identity;  // null: no change
  pid_t parent;
};

/// Tries the files as execvp(3) does and returns the most telling errno.
int execute(const Plan& plan) {
  int told = ENOENT;
  for (const std::string& file : plan.files) {
    ::execve(file.c_str(), plan.request.arguments.data(), plan.request.environment.data());
    if (errno == EACCES) told = EACCES;
    if (errno != EACCES && errno != ENOENT && errno != ENOTDIR) return errno;
  }
  return told;
}

/// Makes the system calls directly: the C library's wrappers change all threads of a process, and this child shares its
/// parent's memory. Sets all three ids, so there is no way back to root, and clears ambient capabilities, which would
/// survive.
bool take_identity(const Identity& identity) {
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  return ::syscall(SYS_setgroups, 0, nullptr) == 0 &&
         ::syscall(SYS_setresgid, identity.group, identity.group, identity.group) == 0 &&
         ::syscall(SYS_setresuid, identity.user, identity.user, identity.user) == 0;
}

/// Runs in the child until exec. Writes a failure into the memory of the suspended parent.
[[noreturn]] void run_child(const Plan& plan, volatile StartStep& step, volatile int& error) {
  const auto fail = [&](StartStep at, int number) {
    step = at;
    error = number;
    ::_exit(kFailedChild);
  };
  const RequestHead& head = plan.request.head;
  ::setpgid(0, 0);
  set_limits(head.limits);
  if (plan.identity != nullptr && !take_identity(*plan.identity)) fail(StartStep::identity, errno);
  // After the change of identity, which would clear the signal.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != plan.parent) ::_exit(kFailedChild);  // the parent died before the line above
  if (head.no_new_privileges) ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (plan.streams.input >= 0) ::dup2(plan.streams.input, STDIN_FILENO);
  ::dup2(plan.streams.output, STDOUT_FILENO);
  ::dup2(plan.streams.error, STDERR_FILENO);
  ::close_range(STDERR_FILENO + 1, ~0U, 0);
  if (*plan.request.directory != '\0' && ::chdir(plan.request.directory) != 0) fail(StartStep::directory, errno);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  fail(StartStep::program, execute(plan));
  __builtin_unreachable();
}

/// In a function of its own that the child never returns from, because parent and child share the stack.
[[gnu::noinline]] pid_t start_child(const Plan& plan, volatile StartStep& step, volatile int& error) {
  // vfork, because copying even a small program's page tables costs more than the rest of a start except exec.
  const pid_t pid = ::vfork();  // NOLINT(clang-analyzer-security.insecureAPI.vfork): one thread, signals blocked
  if (pid == 0) run_child(plan, step, error);  // NOLINT(clang-analyzer-unix.Vfork): system calls only, never returns
  return pid;
}

}  // namespace

Spawned spawn(const Request& request, const Streams& streams, const std::optional<Identity>& identity) {
  const Plan plan{request, program_files(request.arguments.front(), request.environment), streams,
                  identity ? &*identity : nullptr, ::getpid()};
  volatile StartStep step = StartStep::process;
  volatile int error = 0;
  const pid_t pid = start_child(plan, step, error);
  if (pid < 0) return {-1, StartStep::process, errno};
  if (error == 0) return {pid, StartStep::program, 0};
  ::waitpid(pid, nullptr, 0);
  return {-1, step, error};
}

}  // namespace netkit::programs
