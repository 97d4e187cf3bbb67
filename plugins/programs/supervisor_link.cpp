#include "programs/supervisor_link.h"

#include <sys/socket.h>

#include <csignal>
#include <stdexcept>

namespace netkit::programs {

SupervisorLink::SupervisorLink(const std::shared_ptr<LauncherProcess>& launcher, std::uint64_t id)
    : launcher_(launcher), id_(id) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) throw_errno("socketpair");
  socket_ = UniqueFd(ends[0]);
  UniqueFd theirs(ends[1]);
  if (const int error = launcher->supervise(id_, theirs.get())) {
    if (!is_gone(error)) throw std::system_error(error, std::generic_category(), "the launcher");
    throw std::runtime_error("the launcher has ended");
  }
  theirs.reset();  // only the launcher holds it now, so its death closes it
  if (const char* problem = await_hello(socket_.get())) {
    throw std::runtime_error(std::string("a supervisor of commands was started, but ") + problem);
  }
}

SupervisorLink::~SupervisorLink() {
  if (ready()) return;
  if (const auto launcher = launcher_.lock()) launcher->discard(id_);
}

int SupervisorLink::run(std::uint64_t id, const Command& command, int standard_output, int standard_error) {
  const std::string packet = encode_run(id, command);
  if (packet.empty()) return E2BIG;
  const int error = send_packet(socket_.get(), packet, {standard_output, standard_error});
  if (error == 0) command_ = id;
  return error == EMSGSIZE ? E2BIG : error;
}

void SupervisorLink::signal(int signal) {
  if (command_ == 0) return;
  // If the supervisor is gone, so is its command.
  [[maybe_unused]] const int error =
      send_packet(socket_.get(), encode_request(RequestKind::signal, command_, signal), {});
}

std::optional<Report> SupervisorLink::take_report() {
  Report report;
  const ssize_t size = ::recv(socket_.get(), &report, sizeof report, MSG_DONTWAIT);
  gone_ = size != sizeof report || report.left_over;
  command_ = 0;
  return size == sizeof report ? std::optional(report) : std::nullopt;
}

}  // namespace netkit::programs
