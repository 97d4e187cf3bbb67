#include "server/process/signal_receiver.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>

namespace netkit {
namespace {

constexpr std::chrono::hours kLongestWait{1};

sigset_t handled() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2}) sigaddset(&signals, signal);
  return signals;
}

int milliseconds_until(TimePoint deadline) {
  const auto now = Clock::now();
  if (deadline <= now) return 0;
  const auto wait = std::min<Clock::duration>(deadline - now, kLongestWait);
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(wait).count());
}

}  // namespace

SignalReceiver::SignalReceiver() {
  const sigset_t signals = handled();
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  descriptor_ = UniqueFd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!descriptor_) throw std::system_error(errno, std::generic_category(), "signalfd");
}

std::optional<int> SignalReceiver::wait(TimePoint deadline, const std::array<int, 3>& others) {
  if (has_kept()) return next();
  // An array, so that waiting cannot fail for lack of memory.
  std::array<pollfd, 4> waits{
      {{descriptor_.get(), POLLIN, 0}, {others[0], POLLIN, 0}, {others[1], POLLIN, 0}, {others[2], POLLIN, 0}}};
  ::poll(waits.data(), waits.size(), milliseconds_until(deadline));
  return next();
}

bool SignalReceiver::asked_to_end() {
  while (const std::optional<int> signal = next()) {
    if (ends_server(*signal)) return true;
  }
  return false;
}

int SignalReceiver::ends_that_wait() {
  const std::lock_guard lock(mutex_);
  while (const std::optional<int> signal = read_next()) kept_.push_back(*signal);
  return static_cast<int>(std::ranges::count_if(kept_, ends_server));
}

bool SignalReceiver::has_kept() {
  const std::lock_guard lock(mutex_);
  return !kept_.empty();
}

std::optional<int> SignalReceiver::next() {
  const std::lock_guard lock(mutex_);
  if (kept_.empty()) return read_next();
  const int first = kept_.front();
  kept_.pop_front();
  return first;
}

std::optional<int> SignalReceiver::read_next() {
  signalfd_siginfo info{};
  if (::read(descriptor_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

}  // namespace netkit
