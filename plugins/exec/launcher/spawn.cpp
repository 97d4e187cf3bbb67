#include "launcher/spawn.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <string>
#include <vector>

namespace netkit::exec {
namespace {

constexpr int kFailedChild = 127;  // seen by nobody: the parent knows of the failure already

std::string_view variable(const std::vector<char*>& environment, std::string_view prefix) {
  for (const char* entry : environment) {
    if (entry != nullptr && std::string_view(entry).starts_with(prefix)) return entry + prefix.size();
  }
  return {};
}

/// The files to try, in order: the program itself if it has a slash, else one in each folder of PATH.
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

/// Everything the child needs, made before it: it shares this program's memory and must allocate nothing.
struct Plan {
  const Request& request;
  std::vector<std::string> files;
  Outlets outlets;
  pid_t launcher;
};

/// Tries the files as execvp does and returns the errno that tells most.
int execute(const Plan& plan) {
  int told = ENOENT;
  for (const std::string& file : plan.files) {
    ::execve(file.c_str(), plan.request.arguments.data(), plan.request.environment.data());
    if (errno == EACCES) told = EACCES;
    if (errno != EACCES && errno != ENOENT && errno != ENOTDIR) return errno;
  }
  return told;
}

/// The child's whole life up to exec. The failure is written where the parent, which is suspended, will find it.
[[noreturn]] void run_child(const Plan& plan, volatile StartStep& step, volatile int& error) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != plan.launcher) ::_exit(kFailedChild);  // it died before the line above
  // Reported from here rather than by the launcher: should that die next, the server knows which group to kill. If
  // nobody reads reports any more, the SIGPIPE of this stays pending and ends the child before exec, as is right.
  send_report(plan.outlets.reports, {ReportKind::started, StartStep::program, ::getpid()});
  ::dup2(plan.outlets.standard_output, STDOUT_FILENO);
  ::dup2(plan.outlets.standard_error, STDERR_FILENO);
  ::close_range(STDERR_FILENO + 1, ~0U, 0);
  if (*plan.request.directory != '\0' && ::chdir(plan.request.directory) != 0) {
    step = StartStep::directory;
    error = errno;
    ::_exit(kFailedChild);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  step = StartStep::program;
  error = execute(plan);
  ::_exit(kFailedChild);
}

/// In a function of its own, which the child never returns from: the two share the stack.
[[gnu::noinline]] pid_t start_child(const Plan& plan, volatile StartStep& step, volatile int& error) {
  // Not fork: copying even a small program's page tables costs more than all the rest of a start but exec itself.
  const pid_t pid = ::vfork();  // NOLINT(clang-analyzer-security.insecureAPI.vfork): one thread, signals blocked
  if (pid == 0) run_child(plan, step, error);  // NOLINT(clang-analyzer-unix.Vfork): system calls only, never returns
  return pid;
}

}  // namespace

Spawned spawn(const Request& request, const Outlets& outlets) {
  const Plan plan{request, program_files(request.arguments.front(), request.environment), outlets, ::getpid()};
  volatile StartStep step = StartStep::process;
  volatile int error = 0;
  const pid_t pid = start_child(plan, step, error);
  if (pid < 0) return {-1, StartStep::process, errno};
  if (error == 0) return {pid, StartStep::program, 0};
  ::waitpid(pid, nullptr, 0);
  return {-1, step, error};
}

}  // namespace netkit::exec
