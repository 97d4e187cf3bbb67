#include "programs/launcher_process.h"

#include <Poco/Exception.h>
#include <Poco/Pipe.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <stdexcept>

namespace netkit::programs {
namespace {

constexpr int kEndWaitMilliseconds = 10000;  // longer than the launcher waits for its own children
constexpr int kEndedWaitMilliseconds = 1000;

bool ends_within(Poco::Process::PID pid, int milliseconds) {
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  pollfd event{process.get(), POLLIN, 0};
  return !process || ::poll(&event, 1, milliseconds) > 0;
}

[[noreturn]] void fail(const std::string& program, const std::string& why) {
  throw std::runtime_error("cannot start " + program + ": " + why);
}

/// Poco connects children by pipes only. This replaces the reading end of its pipe by a socket, which Poco then makes
/// the child's standard input. A socket pair has no name that another process could connect to.
Poco::ProcessHandle start(const LauncherPlan& plan, UniqueFd& socket) {
  const std::string& program = plan.program;
  if (::access(program.c_str(), X_OK) != 0) fail(program, std::strerror(errno));  // Poco says status 72 only
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) fail(program, std::strerror(errno));
  socket = UniqueFd(ends[0]);
  const UniqueFd theirs(ends[1]);
  try {
    Poco::Pipe standard_input;
    standard_input.close(Poco::Pipe::CLOSE_WRITE);
    if (::dup3(theirs.get(), standard_input.readHandle(), O_CLOEXEC) < 0) fail(program, std::strerror(errno));
    return Poco::Process::launch(program, plan.arguments(), &standard_input, nullptr, nullptr);
  } catch (const Poco::Exception& error) {
    fail(program, error.displayText());
  }
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

bool LauncherProcess::ended() const { return ends_within(process_.id(), kEndedWaitMilliseconds); }

void LauncherProcess::end() {
  socket_.reset();
  if (!ends_within(process_.id(), kEndWaitMilliseconds)) ::kill(process_.id(), SIGKILL);
  try {
    process_.wait();
  } catch (const Poco::Exception&) {
    // Somebody else reaped it: a program that embeds the plugin may ignore SIGCHLD.
  }
}

}  // namespace netkit::programs
