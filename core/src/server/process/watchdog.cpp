#include "server/process/watchdog.h"

#include <string>

#include "server/process/inquiry.h"

namespace netkit {
namespace {

constexpr std::chrono::seconds kBetweenLooks{1};
constexpr std::chrono::seconds kPatience{2};  // with a turn; calls that may take so long belong to a worker

std::int64_t seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time).count();
}

std::string seconds_text(std::chrono::nanoseconds time) { return std::to_string(seconds(time)) + " s"; }

}  // namespace

Watchdog::Watchdog(const std::vector<std::unique_ptr<EventLoop>>& loops, Log& log)
    : loops_(loops), log_(log), told_(loops.size()), next_(Clock::now() + kBetweenLooks) {
  allow_questions();
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
    const std::string doing = ask_what_it_does(loop.thread());
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

}  // namespace netkit
