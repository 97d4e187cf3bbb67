#include "netkit-bench/load/driver.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "netkit-bench/load/interrupt.h"

namespace netkit::bench {
namespace {

constexpr std::size_t kBuffer = std::size_t{64} * 65536;  // 64 datagrams of any size
constexpr Duration kBetweenLooks = std::chrono::milliseconds(50);

// At a rate that is beyond reach, messages are due faster than they can be sent. So many are sent before answers and
// the clock are looked at again, and so many are on their way at most; the others wait, and their waiting counts.
constexpr std::size_t kMostAtOnce = 256;
constexpr std::size_t kMostUnanswered = 65536;

}  // namespace

Driver::Driver(const Workload& workload, const LoadOptions& load, const std::optional<ProcessView>& server)
    : load_(load),
      meter_(server),
      buffer_(kBuffer),
      to_send_(load.messages.value_or(std::numeric_limits<std::uint64_t>::max())) {
  const LaneContext context{workload, poller_, tally_, buffer_, load.timeout};
  for (std::size_t i = 0; i < load.connections; ++i) {
    lanes_.push_back(workload.transport == Transport::udp ? make_datagram_lane(context)
                                                          : make_stream_lane(context, load.connect_per_request));
  }
}

void Driver::open() {
  for (const auto& lane : lanes_) lane->open();
}

Measured Driver::run(Progress* progress) {
  progress_ = progress;
  last_answer_ = next_look_ = Clock::now();
  begin();
  if (!load_.messages) {
    serve_until(Clock::now() + load_.warm_up);
    Tally fresh;
    fresh.failed = tally_.failed;
    fresh.errors = std::move(tally_.errors);
    tally_ = std::move(fresh);
  }
  meter_.start();
  if (progress_ != nullptr) progress_->start(Clock::now());
  serve_until(load_.messages ? Time::max() : Clock::now() + load_.duration);
  Measured measured{tally_, meter_.since_start(), interrupted()};
  finish();
  measured.tally.lost = tally_.lost;
  measured.tally.failed = tally_.failed;
  measured.tally.errors = tally_.errors;
  return measured;
}

void Driver::begin() {
  if (!load_.rate) {
    for (const auto& lane : lanes_) refill(*lane, load_.in_flight, Clock::now());
    return;
  }
  pacer_.emplace(*load_.rate, Clock::now());
  for (const auto& lane : lanes_) free_.push_back(lane.get());
}

void Driver::serve_until(Time end) {
  for (Time now = Clock::now(); now < end && !done() && !interrupted(); now = Clock::now()) {
    if (pacer_) send_due(now);
    turn(load_.busy_poll || behind_ ? Duration(0) : std::min<Duration>(end - now, kBetweenLooks), !pacer_);
  }
}

void Driver::send_due(Time now) {
  std::size_t most = kMostAtOnce;
  if (behind_) most = std::min(most, kMostUnanswered - std::min(kMostUnanswered, unanswered() + waiting_.size()));
  for (behind_ = true; to_send_ > 0 && most > 0; --to_send_, --most) {
    const auto due = pacer_->next_due(now);
    behind_ = due.has_value();
    if (!behind_) break;
    if (load_.connect_per_request) {
      waiting_.push_back(*due);
    } else {
      lanes_[pacer_->count() % lanes_.size()]->send(1, *due);
    }
  }
  hand_out();
}

void Driver::hand_out() {
  while (!waiting_.empty() && !free_.empty()) {
    Lane& lane = *free_.back();
    free_.pop_back();
    busy_.insert(&lane);
    const Time due = waiting_.front();
    waiting_.pop_front();
    lane.send(1, due);
    release(lane);
  }
}

/// Makes a lane free whose message is answered or has failed.
void Driver::release(Lane& lane) {
  if (lane.unanswered() == 0 && busy_.erase(&lane) > 0) free_.push_back(&lane);
}

void Driver::turn(Duration longest, bool refills) {
  for (const epoll_event& event : poller_.wait(longest)) {
    Lane& lane = *static_cast<Lane*>(event.data.ptr);
    const std::size_t answers = lane.on_ready(event.events);
    if (!busy_.empty()) release(lane);
    if (answers == 0) continue;
    last_answer_ = Clock::now();
    if (refills) refill(lane, answers, last_answer_);
  }
  if (const Time now = Clock::now(); now >= next_look_) look_around(now);
}

void Driver::refill(Lane& lane, std::size_t answers, Time now) {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(answers, to_send_));
  to_send_ -= count;
  lane.send(count, now);
}

/// Messages follow those that have failed only here, so that a server that is gone is not asked in a loop.
void Driver::look_around(Time now) {
  next_look_ = now + kBetweenLooks;
  for (const auto& lane : lanes_) {
    lane->look_around(now);
    release(*lane);
    const std::size_t failed = lane->take_failed();
    if (!pacer_ && failed > 0) refill(*lane, failed, now);
  }
  if (progress_ != nullptr) progress_->show(now, tally_);
}

bool Driver::done() const {
  if (!load_.messages) return false;
  if (tally_.answers + tally_.failed >= *load_.messages) return true;
  return tally_.failed > 0 && Clock::now() - last_answer_ >= load_.timeout;
}

/// What is on its way when the time is over is waited for, but nothing more is sent.
void Driver::finish() {
  to_send_ = 0;
  waiting_.clear();
  while (unanswered() > 0 && !interrupted()) turn(kBetweenLooks, false);
}

std::size_t Driver::unanswered() const {
  std::size_t count = 0;
  for (const auto& lane : lanes_) count += lane->unanswered();
  return count;
}

}  // namespace netkit::bench
