#include "programs/launcher_process.h"

#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

namespace netkit::programs {
namespace {

constexpr int kEndWaitMilliseconds = 12000;  // longer than the launcher waits for its own children
constexpr int kEndedWaitMilliseconds = 1000;

bool ends_within(pid_t pid, int milliseconds) {
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  pollfd event{process.get(), POLLIN, 0};
  return !process || ::poll(&event, 1, milliseconds) > 0;
}

[[noreturn]] void fail(const std::string& program, const std::string& why) {
  throw std::runtime_error("cannot start " + program + ": " + why);
}

/// Starts a program that has `standard_input` and the standard output and error of this process, and no environment:
/// the server's may hold secrets, and the launcher's other processes can see.
pid_t spawn(const std::string& program, std::vector<std::string> arguments, int standard_input) {
  std::vector<char*> words;
  arguments.insert(arguments.begin(), program);
  words.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  std::array<char*, 1> no_environment{};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, standard_input, STDIN_FILENO);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, program.c_str(), &actions, nullptr, words.data(), no_environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) fail(program, std::strerror(error));
  return pid;
}

/// The program's standard input is the other end of `socket`. A socket pair has no name that another process could
/// connect to.
pid_t start(const LauncherPlan& plan, UniqueFd& socket) {
  const std::string& program = plan.program;
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) fail(program, std::strerror(errno));
  socket = UniqueFd(ends[0]);
  const UniqueFd theirs(ends[1]);
  return spawn(program, plan.arguments(), theirs.get());
}

}  // namespace

std::vector<std::string> LauncherPlan::arguments() const {
  if (privileges == Privileges::inherit) return {};
  return {privileges == Privileges::give_up ? "become" : "run-as", std::to_string(identity.user),
          std::to_string(identity.group)};
}

LauncherProcess::LauncherProcess(const LauncherPlan& plan) : process_(start(plan, socket_)) {
  if (const char* problem = await_hello(socket_.get())) {
    end();
    fail(plan.program, problem);
  }
}

LauncherProcess::~LauncherProcess() { end(); }

int LauncherProcess::supervise(std::uint64_t id, int socket) {
  return send_packet(socket_.get(), encode_request(RequestKind::supervise, id), {socket});
}

void LauncherProcess::discard(std::uint64_t id) {
  // If the launcher is gone, the supervisor ends by itself when its socket closes.
  [[maybe_unused]] const int error = send_packet(socket_.get(), encode_request(RequestKind::discard, id), {});
}

bool LauncherProcess::ended() const { return ends_within(process_, kEndedWaitMilliseconds); }

void LauncherProcess::end() {
  socket_.reset();
  if (!ends_within(process_, kEndWaitMilliseconds)) ::kill(process_, SIGKILL);
  // Fails where somebody else has reaped it: a program that embeds the plugin may ignore SIGCHLD.
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace netkit::programs
