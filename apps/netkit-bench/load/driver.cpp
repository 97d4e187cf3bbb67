#include "netkit-bench/load/driver.h"

#include <algorithm>
#include <limits>
#include <string>

#include "netkit-bench/failure.h"

namespace netkit::bench {
namespace {

constexpr std::size_t kBuffer = std::size_t{64} * 65536;  // 64 datagrams of any size
constexpr Duration kBetweenLooks = std::chrono::milliseconds(50);

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

Measured Driver::run() {
  last_answer_ = next_look_ = Clock::now();
  if (load_.messages) {
    meter_.start();
    begin();
    serve_until(Time::max());
  } else {
    begin();
    serve_until(Clock::now() + load_.warm_up);
    tally_ = {};
    meter_.start();
    serve_until(Clock::now() + load_.duration);
  }
  Measured measured{tally_, meter_.since_start()};
  finish();
  measured.tally.lost = tally_.lost;
  return measured;
}

void Driver::begin() {
  if (load_.rate) {
    pacer_.emplace(*load_.rate, Clock::now());
    return;
  }
  for (const auto& lane : lanes_) refill(*lane, load_.in_flight, Clock::now());
}

void Driver::serve_until(Time end) {
  for (Time now = Clock::now(); now < end && !done(); now = Clock::now()) {
    if (pacer_) {
      for (auto due = pacer_->next_due(now); due && to_send_ > 0; due = pacer_->next_due(now), --to_send_) {
        lanes_[pacer_->count() % lanes_.size()]->send(1, *due);
      }
    }
    turn(load_.busy_poll ? Duration(0) : std::min<Duration>(end - now, kBetweenLooks), !pacer_);
  }
}

void Driver::turn(Duration longest, bool refills) {
  for (const epoll_event& event : poller_.wait(longest)) {
    Lane& lane = *static_cast<Lane*>(event.data.ptr);
    const std::size_t answers = lane.on_ready(event.events);
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

void Driver::look_around(Time now) {
  next_look_ = now + kBetweenLooks;
  for (const auto& lane : lanes_) lane->resend_lost(now);
  if (now - last_answer_ < load_.timeout) return;
  if (const std::size_t missing = unanswered(); missing > 0) {
    throw RunError("no answer for " + std::to_string(in_seconds(load_.timeout)) + " s; " + std::to_string(missing) +
                   " are missing");
  }
}

void Driver::finish() {
  while (unanswered() > 0) turn(kBetweenLooks, false);
}

std::size_t Driver::unanswered() const {
  std::size_t count = 0;
  for (const auto& lane : lanes_) count += lane->unanswered();
  return count;
}

}  // namespace netkit::bench
