#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <exception>
#include <iostream>
#include <optional>
#include <string_view>

#include "netkit/account.h"
#include "programs/launcher/capabilities.h"
#include "programs/launcher/descendants.h"
#include "programs/launcher/launcher.h"

namespace netkit::programs {
namespace {

/// Moves the server's socket away from standard input and replaces standard input and output by /dev/null: commands
/// inherit the former, and nobody waits for the latter to close. Standard error stays the server's.
UniqueFd take_standard_streams() {
  constexpr int kFirstFree = STDERR_FILENO + 1;
  UniqueFd server = checked_descriptor(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, kFirstFree), "standard input");
  UniqueFd null = checked_descriptor(::open("/dev/null", O_RDWR | O_CLOEXEC), "/dev/null");
  null = checked_descriptor(::fcntl(null.get(), F_DUPFD_CLOEXEC, kFirstFree), "/dev/null");
  ::dup2(null.get(), STDIN_FILENO);
  ::dup2(null.get(), STDOUT_FILENO);
  // Otherwise a descriptor that comes with a request would become standard error.
  if (::fcntl(STDERR_FILENO, F_GETFD) < 0) ::dup2(null.get(), STDERR_FILENO);
  return server;
}

/// Blocks the signals that the server's terminal or service manager sends to all processes: the launcher ends when its
/// socket closes. Not ignored, because commands would inherit that.
UniqueFd block_signals() {
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  for (int signal = 1; signal < NSIG; ++signal) std::signal(signal, SIG_DFL);
  sigset_t child;
  ::sigemptyset(&child);
  ::sigaddset(&child, SIGCHLD);
  return checked_descriptor(::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd");
}

template <class Number>
Number parse(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    throw std::runtime_error("wrong number on command line");
  return number;
}

/// Returns the identity that commands run as, if not this process's own. The command line may say:
///     become USER GROUP    this process runs as that user from now on
///     run-as USER GROUP    it keeps the capabilities to start commands as that user, and to kill them
std::optional<Identity> settle_identity(int argc, char** argv) {
  if (argc == 1) return std::nullopt;
  if (argc != 4) throw std::runtime_error("wrong command line");
  const Identity identity{parse<uid_t>(argv[2]), parse<gid_t>(argv[3])};
  if (argv[1] == std::string_view("become")) {
    become(identity);
    return std::nullopt;
  }
  if (!may_change_identity()) throw std::runtime_error("cannot run commands as another user: not permitted");
  keep_only_identity_capabilities();
  return identity;
}

void serve(int argc, char** argv) {
  ::prctl(PR_SET_DUMPABLE, 0);  // commands of the same user could change what runs here
  UniqueFd child_signals = block_signals();
  UniqueFd server = take_standard_streams();
  ::setsid();  // commands get no terminal
  const std::optional<Identity> identity = settle_identity(argc, argv);
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) throw_errno("prctl");
  if (!can_see_children()) throw std::runtime_error("needs /proc with the children of processes");
  if (send_packet(server.get(), bytes_of(Hello{}), {}) != 0) {
    throw std::runtime_error("is started by a handler of netkit-server, with a socket as standard input");
  }
  LauncherLoop(std::move(server), std::move(child_signals), identity).serve();
}

}  // namespace
}  // namespace netkit::programs

int main(int argc, char** argv) {
  try {
    netkit::programs::serve(argc, argv);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "netkit-launcher: " << error.what() << '\n';
    return 1;
  }
}
