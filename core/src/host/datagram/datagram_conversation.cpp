#include "host/datagram/datagram_conversation.h"

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "base/run_guarded.h"
#include "host/conversation/mail.h"
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
    : loop_(loop),
      registry_(registry),
      sender_(sender),
      permit_(std::move(permit)),
      context_(context),
      route_(route),
      budget_(budget),
      session_(context_.protocol, *this),
      opened_(loop.now()),
      deadlines_(context_.timeouts, opened_) {
  deadlines_.heard();
  budget_.limit_answers(AnswerBudget::kUnlimited);
}

DatagramConversation::~DatagramConversation() {
  if (handle_) handle_->end();
}

void DatagramConversation::begin() {
  context_.counters.accepted.fetch_add(1, std::memory_order_relaxed);
  context_.opened(*this);
  session_.open();
  if (handle_) take_mail();
  settle();
}

std::shared_ptr<HandleMaker> DatagramConversation::handles() {
  if (!handle_) {
    handle_ = std::make_shared<ConversationHandle>(loop_, context_.workers, context_.shared_from_this(), peer(),
                                                   context_.protocol.output_limit, context_.handler_log,
                                                   LocalEnd{.transport = "udp"});
    handle_->attach(*this);
  }
  return handle_;
}

std::optional<SessionReport> DatagramConversation::report(std::string_view listener) {
  if (phase_ == Phase::closed || (!listener.empty() && listener != context_.name)) return std::nullopt;
  handles();
  const Traffic moved = traffic();
  return SessionReport{.id = handle_->id(),
                       .listener = context_.name,
                       .transport = context_.transport,
                       .peer = peer(),
                       .age = loop_.now() - opened_,
                       .idle = loop_.now() - deadlines_.last_move(),
                       .received_bytes = moved.received_bytes,
                       .received_messages = moved.received_messages,
                       .sent_bytes = moved.sent_bytes,
                       .sent_messages = moved.sent_messages};
}

void DatagramConversation::receive(std::string_view bytes, const DatagramRoute& route) {
  if (phase_ != Phase::serving || session_.ended() != CloseReason::none) {
    context_.dropped(DatagramDrop::ending, route.from);
    return;
  }
  received_bytes_ += bytes.size();
  deadlines_.moved(loop_.now());
  if (can_take() && waiting_.empty()) {
    if (const std::size_t used = take(bytes, route); used < bytes.size()) keep(bytes.substr(used), route);
  } else {
    keep(bytes, route);
  }
  settle();
}

void DatagramConversation::keep(std::string_view bytes, const DatagramRoute& route) {
  if (session_.ended() != CloseReason::none) return;
  const std::size_t cost = bytes.size() + kWaitingCost;
  if (!waiting_.empty() && waiting_bytes_ + cost > kMostWaiting) {
    context_.dropped(DatagramDrop::backlog, route.from);
    return;
  }
  waiting_.push_back({std::string(bytes), route});
  waiting_bytes_ += cost;
}

/// Has the session answer a datagram and sends what it answers. Returns the number of bytes used.
std::size_t DatagramConversation::take(std::string_view bytes, const DatagramRoute& route) {
  route_ = route;
  const ScratchGuard guard(sender_.scratch());
  TrafficTally tally(session_, counters());
  const std::uint64_t start = ticks();
  const std::size_t used = session_.receive_datagram(bytes, sender_.scratch());
  tally.time(start);
  counters().timed_apart.fetch_add(tally.received(), std::memory_order_relaxed);
  const bool cut_off = used < bytes.size() && sender_.scratch().message_ends().size() >= context_.protocol.most_answers;
  budget_.limit_answers(context_.datagrams.max_answers);
  send();
  budget_.limit_answers(AnswerBudget::kUnlimited);  // what is said unasked answers no datagram
  if (!cut_off) return used;
  context_.dropped(DatagramDrop::too_many_answers, route.from);
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
  const std::size_t sent = sender_.add(sender_.scratch(), route_, budget_, context_);
  if (sent > 0) deadlines_.moved(loop_.now());
  sent_bytes_ += sent;
  sender_.scratch().clear();
}

/// Does what the handles of the conversation have asked for, and sends what comes of it.
void DatagramConversation::take_mail() {
  Output& out = sender_.scratch();
  const ScratchGuard guard(out);
  std::unique_lock<std::mutex> encoder;
  if (handle_->call) encoder = handle_->call->hold_encoder(out);
  if (handle_->call && !encoder) return;  // the worker is amid an answer: on_answers() follows
  const TrafficTally tally(session_, counters());
  MailBag kept = deliver(handle_->take_mail(), session_, out, calling());
  if (encoder) encoder.unlock();
  handle_->put_back(std::move(kept));
  heed_pause();
  send();
}

void DatagramConversation::on_pause() {
  paused_ = true;
  session_.pause();
}

void DatagramConversation::heed_pause() {
  if (handle_->paused()) return on_pause();
  if (!std::exchange(paused_, false)) return;
  session_.allow(UINT64_MAX);
}

/// Makes a step that no datagram has brought about, and sees to what comes of it.
template <class Step>
void DatagramConversation::go_on(Step step) {
  if (phase_ == Phase::closed) return;
  loop_.guarded(*this, [&] {
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
    if (!handle_->call) return;
    const ScratchGuard guard(sender_.scratch());
    handle_->call->take(sender_.scratch());
    send();
    take_mail();
  });
}

void DatagramConversation::on_return(Job& job) {
  const std::shared_ptr<WorkerCall> done = std::exchange(handle_->call, nullptr);
  if (phase_ == Phase::closed) return release(session_.end_detail());
  deadlines_.moved(loop_.now());
  go_on([&] {
    const ScratchGuard guard(sender_.scratch());
    done->take(sender_.scratch());
    complete(job);
    send();
    take_mail();
  });
}

void DatagramConversation::complete(Job& job) {
  const TrafficTally tally(session_, counters());
  session_.complete(job, sender_.scratch());
}

void DatagramConversation::start_call() {
  handle_->call = std::make_shared<WorkerCall>(session_.take_job(), *this, loop_, context_.shared_from_this());
  try {
    handle_->call->start(context_.workers, context_.call_limiter.get());
  } catch (const std::exception&) {
    handle_->call.reset();
    close(CloseReason::out_of_resources, "no thread for the handler");
  }
}

/// After anything has moved: finds out what comes next.
void DatagramConversation::settle() {
  bool taken = true;
  while (taken && can_take() && !waiting_.empty()) taken = take_waiting();
  if (session_.job_ready()) start_call();
  if (phase_ == Phase::closed) return;
  if (handle_) handle_->report_unsent(0);
  if (session_.ended() != CloseReason::none && !calling()) {
    close(session_.ended(), session_.end_detail());
  } else if (phase_ == Phase::ending && !session_.call_open() && waiting_.empty()) {
    close(reason_, {});
  } else {
    watch_time();
  }
}

/// Tells the deadlines what is waited for, and the loop when to look at them if that is sooner than it knows.
void DatagramConversation::watch_time() {
  deadlines_.call_open(session_.oldest_call(), calling() || session_.untimed(), loop_.now());
  if (const TimePoint look = deadlines_.next_look(); look != TimePoint::max()) loop_.set_deadline(*this, look);
}

void DatagramConversation::on_deadline() {
  if (phase_ == Phase::closed) return;
  using Over = Deadlines::Over;
  const Deadlines::Look look = deadlines_.look(loop_.now());
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

/// Takes nothing more; what has come may be answered in its time.
void DatagramConversation::end_soon(CloseReason reason) {
  if (phase_ >= Phase::ending) return;
  phase_ = Phase::ending;
  reason_ = reason;
  deadlines_.ending(loop_.now());
  sender_.flush_soon();  // before the end, which may let the sender go
  settle();
}

void DatagramConversation::close(CloseReason reason, const std::string& detail) {
  if (phase_ == Phase::closed) return;
  run_guarded([&] { context_.closed(reason, *this, detail, loop_.now() - opened_, traffic()); },
              [](const char* /*why*/) {});  // no memory for a line in the log; closing must not fail for that
  phase_ = Phase::closed;
  reason_ = reason;
  loop_.cancel_deadline(*this);
  waiting_.clear();
  registry_.remove(*this);
  if (calling()) {
    run_guarded([&] { session_.keep_end_detail(detail); }, [](const char* /*why*/) {});
    handle_->call->cancel();  // on_return() releases this conversation
  } else {
    release(detail);
  }
}

/// No call is under way any more: the handler hears of the end.
void DatagramConversation::release(std::string_view detail) {
  session_.closed(reason_, detail);
  if (handle_) handle_->end();
  loop_.release(*this);
}

}  // namespace netkit
