#include "programs/supervisor_link.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace netkit::programs {

SupervisorLink::SupervisorLink(const std::shared_ptr<LauncherProcess>& launcher, std::uint64_t id)
    : launcher_(launcher), id_(id) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) throw_errno("socketpair");
  socket_ = UniqueFd(ends[0]);
  const UniqueFd theirs(ends[1]);  // closed here, so that the launcher's death closes the last copy
  if (const int error = launcher->supervise(id_, theirs.get())) {
    if (!is_gone(error)) throw std::system_error(error, std::generic_category(), "the launcher");
    throw std::runtime_error("the launcher has ended");
  }
}

void SupervisorLink::await_supervisor() {
  if (const char* problem = await_hello(socket_.get())) {
    throw std::runtime_error(std::string("a supervisor of commands was started, but ") + problem);
  }
}

SupervisorLink::~SupervisorLink() {
  if (ready() || left_) return;
  if (const auto launcher = launcher_.lock()) launcher->discard(id_);
}

int SupervisorLink::run(std::uint64_t id, const Command& command, const Streams& streams) {
  const std::string packet = encode_run(id, command);
  if (packet.empty()) return E2BIG;
  std::vector<int> descriptors{streams.output, streams.error};
  if (streams.input >= 0) descriptors.push_back(streams.input);
  const int error = send_packet(socket_.get(), packet, descriptors);
  if (error == 0) command_ = id;
  return error == EMSGSIZE ? E2BIG : error;
}

void SupervisorLink::signal(int signal) {
  if (command_ == 0) return;
  // If the supervisor is gone, so is its command.
  [[maybe_unused]] const int error =
      send_packet(socket_.get(), encode_request(RequestKind::signal, command_, signal), {});
}

void SupervisorLink::end_command() {
  if (command_ == 0) return;
  [[maybe_unused]] const int error = send_packet(socket_.get(), encode_request(RequestKind::end, command_), {});
}

std::optional<Report> SupervisorLink::take_report() {
  std::array<char, sizeof(Report)> packet;
  const ssize_t size = ::recv(socket_.get(), packet.data(), packet.size(), MSG_DONTWAIT);
  return take_packet({packet.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))});
}

std::optional<Report> SupervisorLink::take_packet(std::string_view packet) {
  if (packet.size() == sizeof(Hello)) return std::nullopt;
  command_ = 0;
  gone_ = packet.size() != sizeof(Report);
  if (gone_) return std::nullopt;
  Report report;
  std::memcpy(&report, packet.data(), sizeof report);
  gone_ = report.left_over;
  return report;
}

}  // namespace netkit::programs
