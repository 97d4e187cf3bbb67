#include "launcher_process.h"

#include <Poco/Exception.h>
#include <Poco/Pipe.h>
#include <poll.h>
#include <sys/socket.h>

#include <csignal>
#include <cstring>
#include <stdexcept>

namespace netkit::exec {
namespace {

constexpr int kHelloWaitMilliseconds = 10000;

[[noreturn]] void fail(const std::string& program, const std::string& why) {
  throw std::runtime_error("cannot start " + program + ": " + why);
}

/// Poco gives its children pipes only. Its pipe's reading end is replaced by a socket, which it then puts on the
/// child's standard input: the two are connected without any name that another process could connect to.
Poco::ProcessHandle start(const std::string& program, UniqueFd& socket) {
  if (::access(program.c_str(), X_OK) != 0) fail(program, std::strerror(errno));  // to Poco, a mere exit status 72
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) fail(program, std::strerror(errno));
  socket = UniqueFd(ends[0]);
  const UniqueFd theirs(ends[1]);
  try {
    Poco::Pipe standard_input;
    standard_input.close(Poco::Pipe::CLOSE_WRITE);
    if (::dup3(theirs.get(), standard_input.readHandle(), O_CLOEXEC) < 0) fail(program, std::strerror(errno));
    return Poco::Process::launch(program, {}, &standard_input, nullptr, nullptr);
  } catch (const Poco::Exception& error) {
    fail(program, error.displayText());
  }
}

}  // namespace

LauncherProcess::LauncherProcess(const std::string& program) : process_(start(program, socket_)) {
  try {
    await_hello(program);
  } catch (...) {
    end();
    throw;
  }
}

LauncherProcess::~LauncherProcess() { end(); }

void LauncherProcess::await_hello(const std::string& program) {
  pollfd event{socket_.get(), POLLIN, 0};
  if (::poll(&event, 1, kHelloWaitMilliseconds) == 0) fail(program, "it says nothing");
  std::string buffer;
  const ReceivedPacket packet = receive_packet(socket_.get(), buffer);
  if (packet.bytes.empty()) fail(program, "it ended at once");
  Hello hello{0};
  if (packet.bytes.size() == sizeof hello) std::memcpy(&hello, packet.bytes.data(), sizeof hello);
  if (hello != Hello{}) fail(program, "it is of another version than the exec plugin");
}

int LauncherProcess::run(std::uint64_t id, const Command& command, int reports, int standard_output,
                         int standard_error) {
  const std::string packet = encode_run(id, command);
  if (packet.empty()) return E2BIG;
  const int error = send_packet(socket_.get(), packet, {reports, standard_output, standard_error});
  return error == EMSGSIZE ? E2BIG : error;
}

void LauncherProcess::signal(std::uint64_t id, int signal) {
  // A launcher that is gone has taken its commands with it.
  [[maybe_unused]] const int error = send_packet(socket_.get(), encode_signal(id, signal), {});
}

void LauncherProcess::end() {
  ::kill(process_.id(), SIGKILL);
  try {
    process_.wait();
  } catch (const Poco::Exception&) {
    // Reaped by somebody else: a program that embeds the plugin may ignore SIGCHLD.
  }
}

}  // namespace netkit::exec
