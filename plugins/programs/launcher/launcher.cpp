#include "programs/launcher/launcher.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <utility>

#include "programs/launcher/descendants.h"
#include "programs/launcher/supervisor.h"

namespace netkit::programs {
namespace {

/// How long supervisors may take to end by themselves after the server's end, before they are killed: commands may have
/// a grace.
constexpr std::chrono::seconds kLastPatience{8};
constexpr std::chrono::seconds kKillPatience{2};
/// How often to retry killing a child.
constexpr int kLookAgainMilliseconds = 1000;

}  // namespace

LauncherLoop::LauncherLoop(UniqueFd server, UniqueFd child_signals, std::optional<Identity> identity)
    : server_(std::move(server)), child_signals_(std::move(child_signals)), identity_(identity) {}

void LauncherLoop::serve() {
  bool connected = true;
  while (connected) {
    pollfd events[] = {{server_.get(), POLLIN, 0}, {child_signals_.get(), POLLIN, 0}};
    // Any child beyond the supervisors is an orphan of one of them, to be killed.
    const bool tidy = own_children().size() == supervisors_.size();
    if (::poll(events, 2, tidy ? -1 : kLookAgainMilliseconds) < 0) continue;
    if (events[1].revents != 0 || !tidy) reap_children();
    if (events[0].revents != 0) connected = answer_request();
  }
  const auto deadline = std::chrono::steady_clock::now() + kLastPatience;
  while (!supervisors_.empty() && std::chrono::steady_clock::now() < deadline) {
    pollfd event{child_signals_.get(), POLLIN, 0};
    ::poll(&event, 1, kLookAgainMilliseconds);
    reap_children();
  }
  kill_descendants(child_signals_.get(), kKillPatience);
}

bool LauncherLoop::answer_request() {
  ReceivedPacket packet = receive_packet(server_.get(), buffer_);
  if (packet.bytes.empty()) return false;
  const std::optional<Request> request = decode_request(packet.bytes);
  if (!request) return true;
  // A request whose socket got lost for lack of descriptors is dropped: the server sees its end close.
  if (request->head.kind == RequestKind::supervise && packet.descriptors[0]) {
    supervise(request->head.id, std::move(packet.descriptors[0]));
  } else if (request->head.kind == RequestKind::discard) {
    discard(request->head.id);
  }
  return true;
}

void LauncherLoop::supervise(std::uint64_t id, UniqueFd socket) {
  const pid_t pid = ::fork();
  if (pid < 0) {
    send_packet(socket.get(), bytes_of(Report{ReportKind::failed, StartStep::process, errno}), {});
  } else if (pid == 0) {
    server_.reset();
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // forked children do not inherit this
    Supervisor(std::move(socket), std::move(child_signals_), identity_).serve();
    ::_exit(0);
  } else {
    supervisors_[id] = pid;
  }
}

void LauncherLoop::discard(std::uint64_t id) {
  const auto found = supervisors_.find(id);
  if (found != supervisors_.end()) ::kill(found->second, SIGKILL);
}

/// Reaps ended children. A child that is not a supervisor is an orphan of a dead one and is killed.
void LauncherLoop::reap_children() {
  signalfd_siginfo ignored;
  while (::read(child_signals_.get(), &ignored, sizeof ignored) > 0) continue;
  for (pid_t pid = 0; (pid = ::waitpid(-1, nullptr, WNOHANG)) > 0;) {
    std::erase_if(supervisors_, [pid](const auto& supervisor) { return supervisor.second == pid; });
  }
  std::vector<pid_t> orphans = own_children();
  std::erase_if(orphans, [this](pid_t pid) {
    return std::any_of(supervisors_.begin(), supervisors_.end(), [pid](const auto& s) { return s.second == pid; });
  });
  kill_families(orphans);
}

}  // namespace netkit::programs
