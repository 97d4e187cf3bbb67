#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "unix.h"

/// What the server, its launcher and the launcher's supervisors say to each other, over SOCK_SEQPACKET sockets, one
/// packet each. The server asks the launcher for supervisors and each supervisor for one command after the other; a
/// supervisor's socket is used by one thread of the server at a time. Both programs come from one build, so the
/// structs travel as they stand in memory; the hello packet makes sure of it.
namespace netkit::exec {

/// The first packet of the launcher and of each supervisor: it runs and speaks this protocol.
struct Hello {
  std::uint32_t version = 2;
  bool operator==(const Hello&) const = default;
};

/// Bounds one packet: a command with its arguments and environment. The kernel's own bound on an argument is 128 KiB.
inline constexpr std::size_t kMaxPacket = std::size_t{192} << 10;

enum class RequestKind : std::uint32_t {
  supervise,  ///< To the launcher: RequestHead, one descriptor: the socket of the new supervisor `id`.
  discard,    ///< To the launcher: RequestHead: kill the supervisor `id` and all that its command started.
  run,        ///< To a supervisor: RequestHead, then the directory, arguments and variables, each ended by a NUL.
  signal,     ///< To a supervisor: RequestHead: `signal` to the process group of the command `id`, if it still runs.
};

/// What a command, and each process of it, may take of the system. 0: what the launcher itself may.
struct ResourceLimits {
  std::uint64_t cpu_seconds = 0;
  std::uint64_t memory = 0;     ///< Bytes of address space.
  std::uint64_t processes = 0;  ///< Of its user, all together.
  std::uint64_t file_size = 0;
  std::uint64_t open_files = 0;
};

struct RequestHead {
  RequestKind kind = RequestKind::run;
  std::int32_t signal = 0;
  std::uint64_t id = 0;  ///< The server's name for the supervisor or command, never used twice.
  std::uint32_t arguments = 0;
  std::uint32_t variables = 0;
  ResourceLimits limits;
  bool no_new_privileges = true;
};

/// The descriptors that come with a run request, in this order.
enum RunDescriptor : std::size_t { kStandardOutput, kStandardError, kRunDescriptors };

/// How far a command came that could not be started.
enum class StartStep : std::uint32_t { request, process, identity, directory, program };

enum class ReportKind : std::uint32_t { failed, exited, killed };

/// What a supervisor says of a command, once: how it ended, or that it could not be started. By then all that the
/// command had started is gone as well, unless `left_over`.
struct Report {
  ReportKind kind = ReportKind::failed;
  StartStep step = StartStep::request;  ///< failed
  std::int32_t value = 0;               ///< failed: errno; exited: status; killed: signal number.
  bool left_over = false;               ///< Something of it could not be killed.
};

/// A program to run, complete: nothing is taken over from the server.
struct Command {
  std::vector<std::string> arguments;    ///< The first is the program; without a slash it is searched in PATH.
  std::vector<std::string> environment;  ///< NAME=value
  std::string directory;                 ///< Empty: the server's own.
  ResourceLimits limits;
  bool no_new_privileges = true;
};

/// The packet that asks for `command`. Empty if it is too large; its texts must hold no NUL.
std::string encode_run(std::uint64_t id, const Command& command);
/// One of the other requests.
std::string encode_request(RequestKind kind, std::uint64_t id, int signal = 0);

/// A request as it is read. Points into the packet; the vectors end in a null pointer, as exec wants them.
struct Request {
  RequestHead head;
  const char* directory = nullptr;
  std::vector<char*> arguments;
  std::vector<char*> environment;
};

/// Nothing if the packet is not one that the two functions above make. `packet` is not altered.
std::optional<Request> decode_request(std::string_view packet);

/// Sends one packet, with descriptors if there are any, and waits while the socket is full. Returns 0 or errno.
int send_packet(int socket, std::string_view packet, const std::vector<int>& descriptors);

/// True for what send_packet() returns if there is nobody at the other end any more.
bool is_gone(int error);

/// The bytes of a struct of this protocol.
template <class Struct>
std::string_view bytes_of(const Struct& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

struct ReceivedPacket {
  std::string_view bytes;  ///< In the caller's buffer. Empty: the other side is gone.
  bool cut = false;        ///< The packet or its descriptors did not fit.
  std::array<UniqueFd, kRunDescriptors> descriptors;
};

/// Receives one packet into `buffer`, waiting for it. The descriptors close on exec.
ReceivedPacket receive_packet(int socket, std::string& buffer);

/// Waits for a packet that is one Hello. Returns null, or what is wrong with the other side.
const char* await_hello(int socket);

}  // namespace netkit::exec
