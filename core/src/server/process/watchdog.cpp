#include "server/process/watchdog.h"

#include <semaphore.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <string>

#include "server/process/activity.h"

namespace netkit {
namespace {

constexpr std::chrono::seconds kBetweenLooks{1};
constexpr std::chrono::seconds kPatience{2};  // with a turn; calls that may take so long belong to a worker
constexpr int kAnswerSeconds = 1;

int question() { return SIGRTMIN + 1; }

std::atomic<int> open_question{0};  // its number; 0: none is open
Activity answer;                    // of who has closed the question
sem_t answered;

/// True for one caller. A thread that could not answer in time may do so while another one is asked.
bool close_question(int number) { return open_question.compare_exchange_strong(number, 0); }

void on_question(int /*signal*/, siginfo_t* info, void* context) {
  const int error = errno;
  if (close_question(info->si_value.sival_int)) {
    answer = Activity::of_this_thread(context);
    ::sem_post(&answered);
  }
  errno = error;
}

/// False if there is no answer until then.
bool await_answer(int number, const timespec& until) {
  int failed = 0;
  do failed = ::sem_timedwait(&answered, &until);
  while (failed != 0 && errno == EINTR);
  if (failed == 0) return true;
  if (close_question(number)) return false;
  while (::sem_wait(&answered) != 0) {  // it is being given
  }
  return true;
}

std::int64_t seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time).count();
}

std::string seconds_text(std::chrono::nanoseconds time) { return std::to_string(seconds(time)) + " s"; }

}  // namespace

Watchdog::Watchdog(const std::vector<std::unique_ptr<EventLoop>>& loops, Log& log)
    : loops_(loops), log_(log), told_(loops.size()), next_(Clock::now() + kBetweenLooks) {
  ::sem_init(&answered, 0, 0);
  struct sigaction action {};
  action.sa_sigaction = on_question;
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  ::sigaction(question(), &action, nullptr);
}

void Watchdog::tend(TimePoint now) {
  if (now < next_) return;
  next_ = now + kBetweenLooks;
  for (std::size_t i = 0; i < loops_.size(); ++i) look_at(i, now);
}

void Watchdog::look_at(std::size_t index, TimePoint now) {
  EventLoop& loop = *loops_[index];
  const std::chrono::nanoseconds busy = loop.busy_for(now);
  std::chrono::nanoseconds& told = told_[index];
  if (told.count() > 0 && busy < told) {
    tell(LogLevel::warning, "loop-turns-again", index, told, "turning",
         " turns again, after " + seconds_text(told) + " or more");
    told = {};
  }
  if (busy < kPatience) return;
  if (told.count() == 0) {
    const std::string doing = ask(loop);
    tell(LogLevel::error, "loop-stalled", index, busy, doing,
         " has not turned for " + seconds_text(busy) + " and serves nobody meanwhile: it is " + doing);
  }
  told = busy;
}

void Watchdog::tell(LogLevel level, std::string_view event, std::size_t index, std::chrono::nanoseconds time,
                    std::string_view doing, const std::string& what) {
  const std::string text = "event loop " + std::to_string(index) + what;
  log_.event(
      level, event,
      {{"loop", static_cast<std::int64_t>(index)}, {"seconds", seconds(time)}, {"doing", doing}, {"text", text}});
}

/// What the loop is doing. Its own thread says so, as only that may look at what it works on.
std::string Watchdog::ask(EventLoop& loop) {
  timespec until{};
  ::clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += kAnswerSeconds;
  sigval number{.sival_int = ++asked_};
  open_question = asked_;
  if (::pthread_sigqueue(loop.thread(), question(), number) != 0) {
    open_question = 0;
    return "ending";
  }
  if (!await_answer(asked_, until)) return "in a call of the kernel that cannot be interrupted";
  return std::string(answer.text());
}

}  // namespace netkit
