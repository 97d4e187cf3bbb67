#include "programs/launcher/supervisor.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "programs/launcher/descendants.h"
#include "programs/launcher/spawn.h"

namespace netkit::programs {
namespace {

/// How long an answer waits until the processes that its command left behind are dead. One that survives longer hangs
/// in the kernel.
constexpr std::chrono::milliseconds kSweepPatience{1000};

Report end_report(const siginfo_t& child) {
  const bool exited = child.si_code == CLD_EXITED;
  return {exited ? ReportKind::exited : ReportKind::killed, StartStep::program, child.si_status};
}

bool has_children() { return ::waitid(P_ALL, 0, nullptr, WEXITED | WNOHANG | WNOWAIT) == 0; }

}  // namespace

Supervisor::Supervisor(UniqueFd server, UniqueFd child_signals, std::optional<Identity> identity)
    : server_(std::move(server)), child_signals_(std::move(child_signals)), identity_(identity) {}

void Supervisor::serve() {
  send_packet(server_.get(), bytes_of(Hello{}), {});
  for (;;) {
    ReceivedPacket packet = receive_packet(server_.get(), buffer_);
    if (packet.bytes.empty()) return;
    const std::optional<Request> request = decode_request(packet.bytes);
    if (!request || packet.cut) {
      // Only descriptors can be missing here: the sender checked the packet's size.
      send_packet(server_.get(), bytes_of(Report{ReportKind::failed, StartStep::request, EMFILE}), {});
    } else if (request->head.kind == RequestKind::run) {
      run(*request, packet);
    }  // else it is a signal for a command that has ended
  }
}

void Supervisor::run(const Request& request, ReceivedPacket& packet) {
  const std::uint64_t id = request.head.id;
  const Spawned child = spawn(request,
                              {.output = packet.descriptors[kStandardOutput].get(),
                               .error = packet.descriptors[kStandardError].get(),
                               .input = packet.descriptors[kStandardInput].get()},
                              identity_);
  packet = {};  // only the command may hold its outputs open
  Report report{ReportKind::failed, child.step, child.error};
  if (child.pid > 0) {
    Escalation escalation(child.pid, std::chrono::milliseconds(request.head.grace_milliseconds));
    report = await_end(id, child.pid, escalation);
  }
  if (has_children()) report.left_over = !kill_descendants(child_signals_.get(), kSweepPatience);
  send_packet(server_.get(), bytes_of(report), {});
}

Report Supervisor::await_end(std::uint64_t id, pid_t leader, Escalation& escalation) {
  pollfd events[] = {{child_signals_.get(), POLLIN, 0}, {server_.get(), POLLIN, 0}};
  for (;;) {
    if (::poll(events, 2, escalation.timeout()) < 0) continue;
    if (events[0].revents != 0) {
      if (const std::optional<Report> end = reap(leader)) return *end;
    }
    // If the server is gone, the command must still be ended.
    if (events[1].revents != 0 && !take_request(id, leader, escalation)) events[1].fd = -1;
    escalation.step();
  }
}

/// Returns false if the server is gone, which ends the command.
bool Supervisor::take_request(std::uint64_t id, pid_t leader, Escalation& escalation) {
  const ReceivedPacket packet = receive_packet(server_.get(), buffer_);
  const std::optional<Request> request = decode_request(packet.bytes);
  const bool for_it = request && request->head.id == id;
  if (packet.bytes.empty() || (for_it && request->head.kind == RequestKind::end)) {
    escalation.begin();
  } else if (for_it && request->head.kind == RequestKind::signal) {
    signal_group(leader, request->head.signal);
  }
  return !packet.bytes.empty();
}

/// Reaps ended processes. Returns a report if the command's first process is one of them.
std::optional<Report> Supervisor::reap(pid_t leader) {
  signalfd_siginfo ignored;
  while (::read(child_signals_.get(), &ignored, sizeof ignored) > 0) continue;
  std::optional<Report> end;
  siginfo_t child{};
  // Looks first and reaps the leader last: while it is a zombie, no other process can get its process group.
  while (!end && ::waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) == 0 && child.si_pid != 0) {
    if (child.si_pid == leader) {
      end = end_report(child);
      ::kill(-leader, SIGKILL);
    }
    ::waitpid(child.si_pid, nullptr, 0);
    child = {};
  }
  return end;
}

}  // namespace netkit::programs
