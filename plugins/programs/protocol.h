#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "programs/unix.h"

/// The protocol between the server, its launcher and the launcher's supervisors: one packet per message over
/// SOCK_SEQPACKET sockets. The server asks the launcher for supervisors, and each supervisor for one command after the
/// other; one thread of the server at a time uses a supervisor's socket. Both programs come from one build, so structs
/// are sent as they are in memory; the Hello packet checks that.
namespace netkit::programs {

/// The first packet from the launcher and from each supervisor.
struct Hello {
  std::uint32_t version = 3;
  bool operator==(const Hello&) const = default;
};

/// The limit of one packet: a command with its arguments and environment. The kernel's own limit of an argument is 128
/// KiB.
inline constexpr std::size_t kMaxPacket = std::size_t{192} << 10;

enum class RequestKind : std::uint32_t {
  supervise,  ///< To the launcher: RequestHead, one descriptor: the socket of the new supervisor `id`.
  discard,    ///< To the launcher: RequestHead: kill the supervisor `id` and all that its command started.
  run,        ///< To a supervisor: RequestHead, then the directory, arguments and variables, each ended by a NUL.
  signal,     ///< To a supervisor: RequestHead: `signal` to the process group of the command `id`, if it still runs.
  end,        ///< To a supervisor: RequestHead: end the command `id`, see Command::grace.
};

/// Resource limits of a command and each of its processes. 0: the launcher's own limit.
struct ResourceLimits {
  std::uint64_t cpu_seconds = 0;
  std::uint64_t memory = 0;     ///< Bytes of address space.
  std::uint64_t processes = 0;  ///< Of all processes of its user.
  std::uint64_t file_size = 0;
  std::uint64_t open_files = 0;
};

struct RequestHead {
  RequestKind kind = RequestKind::run;
  std::int32_t signal = 0;
  std::uint64_t id = 0;  ///< The server's number for the supervisor or command, never used twice.
  std::uint32_t arguments = 0;
  std::uint32_t variables = 0;
  ResourceLimits limits;
  std::uint32_t grace_milliseconds = 0;
  bool no_new_privileges = true;
};

/// The descriptors of a run request, in this order. The last may be missing.
enum RunDescriptor : std::size_t { kStandardOutput, kStandardError, kStandardInput, kRunDescriptors };

/// The step at which the start of a command failed.
enum class StartStep : std::uint32_t { request, process, identity, directory, program };

enum class ReportKind : std::uint32_t { failed, exited, killed };

/// A supervisor's report on a command, sent once: how it ended, or that it could not start. By then all processes of
/// the command are gone, unless `left_over`.
struct Report {
  ReportKind kind = ReportKind::failed;
  StartStep step = StartStep::request;  ///< failed
  std::int32_t value = 0;               ///< failed: errno; exited: status; killed: signal number.
  bool left_over = false;               ///< A process of the command could not be killed.
};

/// A complete description of a program to run: it inherits nothing from the server.
struct Command {
  std::vector<std::string> arguments;    ///< The first is the program, searched in PATH if it has no slash.
  std::vector<std::string> environment;  ///< NAME=value
  std::string directory;                 ///< Empty: the server's own.
  ResourceLimits limits;
  bool no_new_privileges = true;
  /// How long it may take to end by itself, and then after SIGTERM, when it is to end or the server does. 0: it is
  /// killed at once.
  std::chrono::milliseconds grace{0};
};

/// The standard streams of a command. The caller owns the descriptors.
struct Streams {
  int output = -1;
  int error = -1;
  int input = -1;  ///< -1: /dev/null.
};

/// Encodes a run request. Empty if it is too large; texts must not contain NUL.
std::string encode_run(std::uint64_t id, const Command& command);
/// Encodes another request.
std::string encode_request(RequestKind kind, std::uint64_t id, int signal = 0);

/// A decoded request. Points into the packet; the vectors end with a null pointer, as execve(2) wants them.
struct Request {
  RequestHead head;
  const char* directory = nullptr;
  std::vector<char*> arguments;
  std::vector<char*> environment;
};

/// Nothing if the packet is not what the two functions above make. Does not modify `packet`.
std::optional<Request> decode_request(std::string_view packet);

/// Sends one packet, possibly with descriptors; blocks while the socket is full. Returns 0 or errno.
int send_packet(int socket, std::string_view packet, const std::vector<int>& descriptors);

/// True if an error of send_packet() means that the other end is closed.
bool is_gone(int error);

/// Returns the bytes of a struct of this protocol.
template <class Struct>
std::string_view bytes_of(const Struct& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

struct ReceivedPacket {
  std::string_view bytes;  ///< In the caller's buffer. Empty: the other end is closed.
  bool cut = false;        ///< The packet or its descriptors did not fit.
  std::array<UniqueFd, kRunDescriptors> descriptors;
};

/// Receives one packet into `buffer`; blocks until it arrives. The descriptors are close-on-exec.
ReceivedPacket receive_packet(int socket, std::string& buffer);

/// Waits for a packet, which must be a Hello. Returns null, or what is wrong with the other side.
const char* await_hello(int socket);

}  // namespace netkit::programs
