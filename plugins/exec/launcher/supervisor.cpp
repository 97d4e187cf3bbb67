#include "launcher/supervisor.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <csignal>

#include "launcher/spawn.h"

namespace netkit::exec {
namespace {

Report end_report(const siginfo_t& child) {
  const bool exited = child.si_code == CLD_EXITED;
  return {exited ? ReportKind::exited : ReportKind::killed, StartStep::program, child.si_status};
}

/// To the whole group, and to its first process even if that has moved to another group.
void signal_group(pid_t leader, int signal) {
  ::kill(-leader, signal);
  if (::getpgid(leader) != leader) ::kill(leader, signal);
}

}  // namespace

Supervisor::Supervisor(UniqueFd server, UniqueFd child_signals)
    : server_(std::move(server)), child_signals_(std::move(child_signals)) {}

void Supervisor::serve() {
  bool connected = true;
  while (connected) {
    pollfd events[] = {{server_.get(), POLLIN, 0}, {child_signals_.get(), POLLIN, 0}};
    if (::poll(events, 2, -1) < 0) continue;
    if (events[1].revents != 0) reap_children();
    if (events[0].revents != 0) connected = answer_request();
  }
  for (const auto& [pid, command] : running_) signal_group(pid, SIGKILL);
}

bool Supervisor::answer_request() {
  ReceivedPacket packet = receive_packet(server_.get(), buffer_);
  if (packet.bytes.empty()) return false;
  const std::optional<Request> request = decode_request(packet.bytes);
  if (!request || packet.cut) {
    // Descriptors are what can run out here: the packet's size was checked where it was made.
    send_report(packet.descriptors[kReports].get(), {ReportKind::failed, StartStep::request, EMFILE});
  } else if (request->head.kind == RequestKind::run) {
    run(*request, packet);
  } else {
    signal(request->head);
  }
  return true;
}

void Supervisor::run(const Request& request, ReceivedPacket& packet) {
  UniqueFd& reports = packet.descriptors[kReports];
  const Spawned child = spawn(request, {.reports = reports.get(),
                                        .standard_output = packet.descriptors[kStandardOutput].get(),
                                        .standard_error = packet.descriptors[kStandardError].get()});
  if (child.pid < 0) {
    send_report(reports.get(), {ReportKind::failed, child.step, child.error});
  } else {
    running_[child.pid] = {request.head.id, std::move(reports)};
  }
}

void Supervisor::signal(const RequestHead& head) {
  for (const auto& [pid, command] : running_) {
    if (command.id == head.id) signal_group(pid, head.signal);
  }
}

void Supervisor::reap_children() {
  signalfd_siginfo ignored;
  while (::read(child_signals_.get(), &ignored, sizeof ignored) > 0) continue;
  siginfo_t child{};
  // Looked at first, reaped last: as long as it is a zombie its process group cannot become somebody else's.
  while (::waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) == 0 && child.si_pid != 0) {
    const pid_t pid = child.si_pid;
    end(pid, end_report(child));
    ::waitpid(pid, nullptr, 0);
    child = {};
  }
}

void Supervisor::end(pid_t pid, const Report& report) {
  const auto found = running_.find(pid);
  if (found == running_.end()) return;  // an orphan of some command that came to us as subreaper
  ::kill(-pid, SIGKILL);
  send_report(found->second.reports.get(), report);
  running_.erase(found);
}

}  // namespace netkit::exec
