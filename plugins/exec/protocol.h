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

/// What the server and its launcher say to each other. Requests travel over a SOCK_SEQPACKET socket, one packet each;
/// the report on a command comes through a pipe of its own, so that each waiting thread hears only of its command.
/// Both programs come from one build, so the structs travel as they stand in memory; the hello packet makes sure of it.
namespace netkit::exec {

/// The launcher's first packet, which says that it runs and speaks this protocol.
struct Hello {
  std::uint32_t version = 1;
  bool operator==(const Hello&) const = default;
};

/// Bounds one packet: a command with its arguments and environment. The kernel's own bound on an argument is 128 KiB.
inline constexpr std::size_t kMaxPacket = std::size_t{192} << 10;

enum class RequestKind : std::uint32_t {
  run,     ///< RequestHead, then the directory, arguments and variables, each ended by a NUL; kRunDescriptors.
  signal,  ///< RequestHead: `signal` to the process group of the command `id`, if it still runs.
};

struct RequestHead {
  RequestKind kind = RequestKind::run;
  std::int32_t signal = 0;
  std::uint64_t id = 0;  ///< The server's name for the command, never used twice.
  std::uint32_t arguments = 0;
  std::uint32_t variables = 0;
};

/// The descriptors that come with a run request, in this order: where the reports go comes first, so that a shortage
/// of descriptors can still be reported.
enum RunDescriptor : std::size_t { kReports, kStandardOutput, kStandardError, kRunDescriptors };

/// How far a command came that could not be started.
enum class StartStep : std::uint32_t { request, process, directory, program };

enum class ReportKind : std::uint32_t { started, failed, exited, killed };

/// What the launcher says about a command: started, then exited, killed or failed; or failed at once.
struct Report {
  ReportKind kind = ReportKind::failed;
  StartStep step = StartStep::request;  ///< failed
  std::int32_t value = 0;               ///< started: process id; failed: errno; exited: status; killed: signal number.
};

/// Writes a report without waiting: a pipe takes so few bytes whole. Safe between vfork and exec.
void send_report(int reports, const Report& report);

/// A program to run, complete: nothing is taken over from the server.
struct Command {
  std::vector<std::string> arguments;    ///< The first is the program; without a slash it is searched in PATH.
  std::vector<std::string> environment;  ///< NAME=value
  std::string directory;                 ///< Empty: the server's own.
};

/// The packet that asks for `command`. Empty if it is too large; its texts must hold no NUL.
std::string encode_run(std::uint64_t id, const Command& command);
std::string encode_signal(std::uint64_t id, int signal);

/// A request as the launcher reads it. Points into the packet; the vectors end in a null pointer, as exec wants them.
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

struct ReceivedPacket {
  std::string_view bytes;  ///< In the caller's buffer. Empty: the other side is gone.
  bool cut = false;        ///< The packet or its descriptors did not fit.
  std::array<UniqueFd, kRunDescriptors> descriptors;
};

/// Receives one packet into `buffer`, waiting for it. The descriptors close on exec.
ReceivedPacket receive_packet(int socket, std::string& buffer);

}  // namespace netkit::exec
