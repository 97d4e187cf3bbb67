#include "netkit-validate/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>

#include "base/run_guarded.h"
#include "netkit/unique_fd.h"

namespace netkit::validate {
namespace {

using Clock = std::chrono::steady_clock;
using Result = Outcome::Result;

Outcome outcome_of(const std::function<std::string()>& check) {
  Outcome outcome;
  run_guarded(
      [&] {
        try {
          outcome.why = check();
        } catch (const Skipped& skipped) {
          outcome = {Result::skipped, skipped.what()};
        }
      },
      [&](const char* what) {
        outcome = {Result::failed, what};
      });
  return outcome;
}

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) return;
    bytes.remove_prefix(count < 0 ? 0 : static_cast<std::size_t>(count));
  }
}

/// The result as a letter, then why.
[[noreturn]] void be_the_child(const std::function<std::string()>& check, int result) {
  const rlimit none{};
  ::setrlimit(RLIMIT_CORE, &none);
  const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup2(nowhere, STDOUT_FILENO);
  ::dup2(nowhere, STDERR_FILENO);
  const Outcome outcome = outcome_of(check);
  write_all(result, to_string(outcome.result)[0] + outcome.why);
  ::_exit(0);
}

/// All that the child writes. False if it is not over in time.
bool read_until(int fd, Clock::time_point end, std::string& text) {
  std::array<char, 4096> piece{};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    pollfd wait{fd, POLLIN, 0};
    if (left <= 0) return false;
    if (::poll(&wait, 1, static_cast<int>(left)) <= 0) continue;
    const ssize_t count = ::read(fd, piece.data(), piece.size());
    if (count == 0) return true;
    if (count > 0) text.append(piece.data(), static_cast<std::size_t>(count));
  }
}

Outcome read_outcome(const std::string& text, int status) {
  if (WIFSIGNALED(status)) return {Result::failed, std::string("crashes: ") + ::strsignal(WTERMSIG(status))};
  if (text.empty()) return {Result::failed, "ends the process, with status " + std::to_string(WEXITSTATUS(status))};
  const Result result = text[0] == 'o' ? Result::ok : text[0] == 's' ? Result::skipped : Result::failed;
  return {result, text.substr(1)};
}

}  // namespace

Outcome run_in_child(const std::function<std::string()>& check, std::chrono::milliseconds limit) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  const UniqueFd in(ends[0]);
  UniqueFd out(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child == 0) be_the_child(check, out.get());
  out.reset();
  std::string text;
  const bool over = read_until(in.get(), Clock::now() + limit, text);
  if (!over) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!over) return {Result::failed, "is not over within " + std::to_string(limit.count()) + " ms"};
  return read_outcome(text, status);
}

}  // namespace netkit::validate
