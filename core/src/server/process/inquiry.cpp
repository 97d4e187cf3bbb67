#include "server/process/inquiry.h"

#include <semaphore.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <mutex>

#include "server/process/activity.h"

namespace netkit {
namespace {

constexpr int kAnswerSeconds = 1;

int question() { return SIGRTMIN + 1; }

std::atomic<int> open_question{0};  // its number; 0: none is open
Activity answer;                    // of who has closed the question
sem_t answered;
std::mutex asking;  // held by who asks
int asked = 0;      // questions so far; guarded by it

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

}  // namespace

void allow_questions() {
  ::sem_init(&answered, 0, 0);
  struct sigaction action {};
  action.sa_sigaction = on_question;
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  ::sigaction(question(), &action, nullptr);
}

std::string ask_what_it_does(pthread_t thread) {
  const std::lock_guard lock(asking);
  timespec until{};
  ::clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += kAnswerSeconds;
  sigval number{.sival_int = ++asked};
  open_question = asked;
  if (::pthread_sigqueue(thread, question(), number) != 0) {
    open_question = 0;
    return "ending";
  }
  if (!await_answer(asked, until)) return "in a call of the kernel that cannot be interrupted";
  return std::string(answer.text());
}

}  // namespace netkit
