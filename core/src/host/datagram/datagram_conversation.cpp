#include "host/datagram/datagram_conversation.h"

#include <algorithm>
#include <utility>

#include "host/loop/scratch_guard.h"
#include "host/worker/worker_call.h"

namespace netkit {
namespace {

// What may wait for an earlier message to be answered: as much as one datagram can be, so that any of them may wait.
constexpr std::size_t kMostWaiting = DatagramReader::kLargest;
constexpr std::size_t kWaitingCost = 128;  // of each, besides its bytes

}  // namespace

DatagramConversation::DatagramConversation(EventLoop& loop, Registry& registry, DatagramSender& sender,
                                           ListenerContext& context, ConnectionPermit permit,
                                           const DatagramRoute& route, const AnswerBudget& budget)
    : hosted_(loop, std::move(permit), context, *this),
      registry_(registry),
      sender_(sender),
      route_(route),
      budget_(budget) {
  hosted_.deadlines.heard();
  budget_.limit_answers(AnswerBudget::kUnlimited);
}

DatagramConversation::~DatagramConversation() { count_memory(0); }

void DatagramConversation::begin() {
  hosted_.context.counters.accepted.fetch_add(1, std::memory_order_relaxed);
  hosted_.context.opened(*this);
  hosted_.session.open();
  if (hosted_.handle) take_mail();
  settle();
}

HandleMaker& DatagramConversation::handles() {
  if (!hosted_.handle) hosted_.make_handle(*this, peer(), LocalEnd{.transport = "udp"});
  return *hosted_.handle;
}

std::optional<SessionReport> DatagramConversation::report(const SessionQuery& query) {
  if (phase_ == Phase::closed || !hosted_.meets(query)) return std::nullopt;
  Peer from = peer();
  if (!query.takes_peer(to_string(from))) return std::nullopt;
  handles();
  return hosted_.report(std::move(from), traffic());
}

void DatagramConversation::receive(std::string_view bytes, const DatagramRoute& route) {
  if (phase_ != Phase::serving || hosted_.session.ended() != CloseReason::none) {
    hosted_.context.dropped(DatagramDrop::ending, route.from);
    return;
  }
  received_bytes_ += bytes.size();
  hosted_.deadlines.moved(hosted_.loop.now());
  if (can_take() && waiting_.empty()) {
    if (const std::size_t used = take(bytes, route); used < bytes.size()) keep(bytes.substr(used), route);
  } else {
    keep(bytes, route);
  }
  settle();
}

void DatagramConversation::keep(std::string_view bytes, const DatagramRoute& route) {
  if (hosted_.session.ended() != CloseReason::none) return;
  const std::size_t cost = bytes.size() + kWaitingCost;
  if (!waiting_.empty() && waiting_bytes_ + cost > kMostWaiting) {
    hosted_.context.dropped(DatagramDrop::backlog, route.from);
    return;
  }
  waiting_.push_back({std::string(bytes), route});
  waiting_bytes_ += cost;
}

/// Has the session answer a datagram and sends what it answers. Returns the number of bytes used.
std::size_t DatagramConversation::take(std::string_view bytes, const DatagramRoute& route) {
  route_ = route;
  const ScratchGuard guard(sender_.scratch());
  TrafficTally tally(hosted_.session, hosted_.counters());
  const std::uint64_t start = ticks();
  const std::size_t used = hosted_.session.receive_datagram(bytes, sender_.scratch());
  tally.time(start);
  TrafficCounters::Shard::add(hosted_.counters().timed_apart, tally.received());
  if (hosted_.session.ended() == CloseReason::malformed)
    hosted_.context.note_malformed(peer(), hosted_.session.end_detail(), {.bytes = bytes, .at = used, .offset = used});
  const bool cut_off =
      used < bytes.size() && sender_.scratch().message_ends().size() >= hosted_.context.protocol.most_answers;
  budget_.limit_answers(hosted_.context.datagrams.max_answers);
  send();
  budget_.limit_answers(AnswerBudget::kUnlimited);  // what is said unasked answers no datagram
  if (!cut_off) return used;
  hosted_.context.dropped(DatagramDrop::too_many_answers, route.from);
  return bytes.size();
}

/// Answers the datagram that has waited the longest. False if it is not done with.
bool DatagramConversation::take_waiting() {
  Waiting& first = waiting_.front();
  const std::size_t used = take(first.bytes, first.route);
  if (used < first.bytes.size()) {
    first.bytes.erase(0, used);
    waiting_bytes_ -= used;
    return false;
  }
  waiting_bytes_ -= first.bytes.size() + kWaitingCost;
  waiting_.pop_front();
  return true;
}

void DatagramConversation::send() {
  const std::size_t sent = sender_.add(sender_.scratch(), route_, budget_, hosted_.context);
  if (sent > 0) hosted_.deadlines.moved(hosted_.loop.now());
  sent_bytes_ += sent;
  sender_.scratch().clear();
}

/// Does what the handles of the conversation have asked for, and sends what comes of it.
void DatagramConversation::take_mail() {
  const ScratchGuard guard(sender_.scratch());
  if (!hosted_.take_mail(sender_.scratch())) return;
  heed_pause();
  send();
}

void DatagramConversation::on_pause() {
  paused_ = true;
  hosted_.session.pause();
}

void DatagramConversation::heed_pause() {
  if (hosted_.handle->paused()) return on_pause();
  if (!std::exchange(paused_, false)) return;
  hosted_.session.allow(UINT64_MAX);
}

/// Makes a step that no datagram has brought about, and sees to what comes of it.
template <class Step>
void DatagramConversation::go_on(Step step) {
  if (phase_ == Phase::closed) return;
  hosted_.loop.guarded(*this, [&] {
    sender_.flush_soon();
    step();
    settle();
  });
}

void DatagramConversation::on_mail() {
  go_on([this] { take_mail(); });
}

void DatagramConversation::on_answers() {
  go_on([this] {
    if (!hosted_.handle->call) return;
    const ScratchGuard guard(sender_.scratch());
    hosted_.handle->call->take(sender_.scratch());
    send();
    take_mail();
  });
}

void DatagramConversation::on_return(Job& job) {
  const std::shared_ptr<WorkerCall> done = std::exchange(hosted_.handle->call, nullptr);
  if (phase_ == Phase::closed) return release(hosted_.session.end_detail());
  hosted_.deadlines.moved(hosted_.loop.now());
  go_on([&] {
    const ScratchGuard guard(sender_.scratch());
    done->take(sender_.scratch());
    hosted_.complete(job, sender_.scratch());
    send();
    take_mail();
  });
}

/// After anything has moved: finds out what comes next.
void DatagramConversation::settle() {
  bool taken = true;
  while (taken && can_take() && !waiting_.empty()) taken = take_waiting();
  if (hosted_.session.job_ready() && !hosted_.start_call())
    return close(CloseReason::out_of_resources, "no thread for the handler");
  if (phase_ == Phase::closed) return;
  count_memory(waiting_bytes_ + hosted_.weight());
  if (hosted_.handle) hosted_.handle->report_unsent(0);
  if (hosted_.session.ended() != CloseReason::none && !hosted_.calling()) {
    close(hosted_.session.ended(), hosted_.session.end_detail());
  } else if (phase_ == Phase::ending && !hosted_.session.call_open() && waiting_.empty()) {
    close(reason_, {});
  } else {
    watch_time();
  }
}

/// Tells the deadlines what is waited for, and the loop when to look at them if that is sooner than it knows.
void DatagramConversation::watch_time() {
  hosted_.watch_calls();
  if (const TimePoint look = hosted_.deadlines.next_look(); look != TimePoint::max())
    hosted_.loop.set_deadline(*this, look);
}

void DatagramConversation::on_deadline() {
  if (phase_ == Phase::closed) return;
  using Over = Deadlines::Over;
  const Deadlines::Look look = hosted_.deadlines.look(hosted_.loop.now());
  if (look.over == Over::nothing) {
    watch_time();
  } else if (look.over == Over::drain) {
    close(reason_, {});
  } else if (look.reason == CloseReason::lifetime) {
    end_soon(look.reason);
  } else {
    close(look.reason, look.detail());
  }
}

void DatagramConversation::readmit(const ListenerContext& now) {
  if (!now.access.admits(address().ip())) end_soon(CloseReason::no_longer_admitted);
}

/// Takes nothing more; what has come may be answered in its time.
void DatagramConversation::end_soon(CloseReason reason) {
  if (phase_ >= Phase::ending) return;
  phase_ = Phase::ending;
  reason_ = reason;
  hosted_.deadlines.ending(hosted_.loop.now());
  sender_.flush_soon();  // before the end, which may let the sender go
  settle();
}

void DatagramConversation::close(CloseReason reason, const std::string& detail) {
  if (phase_ == Phase::closed) return;
  hosted_.note_end(reason, *this, detail, traffic());
  phase_ = Phase::closed;
  reason_ = reason;
  hosted_.loop.cancel_deadline(*this);
  waiting_.clear();
  count_memory(0);
  registry_.remove(*this);
  if (!hosted_.cancel_call(detail)) release(detail);  // otherwise on_return() does it
}

/// No call is under way any more.
void DatagramConversation::release(std::string_view detail) {
  hosted_.end(reason_, detail);
  hosted_.loop.release(*this);
}

}  // namespace netkit
