#include "server/process/crash_report.h"

#include <execinfo.h>
#include <pthread.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstring>
#include <memory>
#include <new>

#include "server/log/log_sink.h"
#include "server/process/activity.h"

namespace netkit {
namespace {

constexpr std::array kCrashes{SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
constexpr std::size_t kStack = std::size_t{64} << 10;

std::array<struct sigaction, NSIG> before;
std::atomic<bool> reporting{false};
bool json_log = false;

/// Appends a number of at least `digits` digits.
void append_number(Activity& line, unsigned number, int digits) {
  std::array<char, 10> text{};
  auto* place = text.end();
  for (; digits > 0 || number > 0; --digits, number /= 10) *--place = static_cast<char>('0' + number % 10);
  line.append({place, static_cast<std::size_t>(text.end() - place)});
}

/// As the log writes it, by no function that could lock anything.
void append_time(Activity& line) {
  using namespace std::chrono;
  const auto now = floor<milliseconds>(system_clock::now());
  const auto day = floor<days>(now);
  const year_month_day date(day);
  const hh_mm_ss time(now - day);
  append_number(line, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  line.append("-");
  append_number(line, static_cast<unsigned>(date.month()), 2);
  line.append("-");
  append_number(line, static_cast<unsigned>(date.day()), 2);
  line.append("T");
  append_number(line, static_cast<unsigned>(time.hours().count()), 2);
  line.append(":");
  append_number(line, static_cast<unsigned>(time.minutes().count()), 2);
  line.append(":");
  append_number(line, static_cast<unsigned>(time.seconds().count()), 2);
  line.append(".");
  append_number(line, static_cast<unsigned>(time.subseconds().count()), 3);
  line.append("Z");
}

void write_all(int fd, std::initializer_list<std::string_view> parts) {
  std::array<char, 2048> line{};
  std::size_t size = 0;
  for (const std::string_view part : parts) size += part.copy(line.data() + size, line.size() - size);
  [[maybe_unused]] const ssize_t written = ::write(fd, line.data(), size);
}

void report(int signal, const void* context) {
  const char* name = ::sigabbrev_np(signal);
  const Activity activity = Activity::of_this_thread(context);
  Activity time;
  append_time(time);
  Activity pid;
  append_number(pid, static_cast<unsigned>(::getpid()), 1);
  const int log = LogSink::crash_descriptor();
  if (json_log) {
    write_all(log, {R"({"time":")", time.text(), R"(","level":"error","pid":)", pid.text(),
                    R"(,"event":"crash","signal":"SIG)", name, R"(","doing":")", activity.text(),
                    R"(","text":"crash: SIG)", name, " ", activity.text(), "\"}\n"});
  } else {
    write_all(log, {time.text(), " error crash: SIG", name, " ", activity.text(), "\n"});
  }
  if (log != STDERR_FILENO) write_all(STDERR_FILENO, {"netkit-server: crash: SIG", name, " ", activity.text(), "\n"});
}

void on_crash(int signal, siginfo_t* info, void* context) {
  ::sigaction(signal, &before[static_cast<std::size_t>(signal)], nullptr);
  if (!reporting.exchange(true)) report(signal, context);
  // A fault comes again when this returns; a signal that was sent does not.
  if (info->si_code <= 0) ::raise(signal);
}

/// Of a thread that ends.
void give_back_stack(void* room) {
  const stack_t none{.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
  ::sigaltstack(&none, nullptr);
  const std::unique_ptr<char[]> last(static_cast<char*>(room));
}

/// Holds the stack of each thread. A thread_local that has to be destroyed would end the process where there is no
/// memory to note that.
pthread_key_t stack_key() {
  static const pthread_key_t key = [] {
    pthread_key_t made{};
    ::pthread_key_create(&made, give_back_stack);
    return made;
  }();
  return key;
}

}  // namespace

void report_crashes(bool json) {
  json_log = json;
  std::array<void*, 1> any{};
  ::backtrace(any.data(), 1);  // loads what it needs: nothing can be loaded within a signal handler
  prepare_thread_for_crash();
  struct sigaction action {};
  action.sa_sigaction = on_crash;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  for (const int signal : kCrashes) ::sigaction(signal, &action, &before[static_cast<std::size_t>(signal)]);
}

void prepare_thread_for_crash() {
  stack_t there{};
  if (::sigaltstack(nullptr, &there) != 0 || (there.ss_flags & SS_DISABLE) == 0) return;  // it has one
  std::unique_ptr<char[]> room(new (std::nothrow) char[kStack]);
  if (!room || ::pthread_setspecific(stack_key(), room.get()) != 0) return;
  const stack_t stack{.ss_sp = room.release(), .ss_flags = 0, .ss_size = kStack};
  ::sigaltstack(&stack, nullptr);
}

}  // namespace netkit
