#include "server/process/main_watch.h"

#include <pthread.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <system_error>

#include "server/process/inquiry.h"

namespace netkit {
namespace {

constexpr timespec kFirstAlarm{2, 0};
constexpr timespec kBetweenAlarms{0, 100'000'000};
constexpr std::chrono::seconds kPatienceWithMain{15};  // longer than the programs take to end that a reload replaces
constexpr int kEnds = 2;                               // signals that end a server which does not return

int alarm_signal() { return SIGRTMIN + 2; }

}  // namespace

MainWatch::MainWatch(SignalReceiver& signals, Log& log) : signals_(signals), log_(log), main_(::pthread_self()) {
  sigset_t alarm;
  ::sigemptyset(&alarm);
  ::sigaddset(&alarm, alarm_signal());
  ::pthread_sigmask(SIG_BLOCK, &alarm, nullptr);  // the thread inherits it
  thread_ = std::thread([this] { run(); });
  id_.wait(0);
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = alarm_signal();
  event._sigev_un._tid = id_;
  if (::timer_create(CLOCK_MONOTONIC, &event, &timer_) == 0) return;
  const int error = errno;
  over_ = true;
  ::pthread_kill(thread_.native_handle(), alarm_signal());
  thread_.join();
  throw std::system_error(error, std::generic_category(), "timer_create");
}

MainWatch::~MainWatch() {
  over_ = true;
  ::pthread_kill(thread_.native_handle(), alarm_signal());
  thread_.join();
  ::timer_delete(timer_);
}

void MainWatch::begin() {
  since_ = Clock::now();
  works_ = true;
  const itimerspec looks{.it_interval = kBetweenAlarms, .it_value = kFirstAlarm};
  ::timer_settime(timer_, 0, &looks, nullptr);
}

void MainWatch::end() {
  works_ = false;
  const itimerspec never{};
  ::timer_settime(timer_, 0, &never, nullptr);
}

void MainWatch::run() {
  ::pthread_setname_np(::pthread_self(), "netkit-watch");
  id_ = ::gettid();
  id_.notify_one();
  sigset_t alarm;
  ::sigemptyset(&alarm);
  ::sigaddset(&alarm, alarm_signal());
  while (!over_) {
    int signal = 0;
    ::sigwait(&alarm, &signal);
    if (works_ && !over_) look();
  }
}

void MainWatch::look() {
  const TimePoint since = since_;
  if (told_ != since && Clock::now() - since >= kPatienceWithMain) {
    told_ = since;
    tell("main-stalled", "has not returned for 15 s, and nothing is reloaded meanwhile");
  }
  if (signals_.ends_that_wait() < kEnds) return;
  tell("main-left", "does not return; leaving without it");
  std::_Exit(EX_SOFTWARE);
}

void MainWatch::tell(std::string_view event, const std::string& what) {
  const std::string doing = ask_what_it_does(main_);
  const std::string text = "the main thread " + what + ": it is " + doing;
  log_.event(LogLevel::error, event, {{"doing", doing}, {"text", text}});
}

}  // namespace netkit
