#include "host/datagram/pending_call.h"

#include <utility>

#include "base/run_guarded.h"
#include "host/datagram/single_datagram.h"
#include "host/listener/traffic_tally.h"
#include "session/deadlines.h"

namespace netkit {

PendingCall::PendingCall(Registry& registry, EventLoop& loop, DatagramSender& sender,
                         std::shared_ptr<ListenerContext> context, const Datagram& datagram, ConnectionPermit permit,
                         std::shared_ptr<ConversationHandle> handle)
    : context_(std::move(context)),
      registry_(registry),
      loop_(loop),
      sender_(sender),
      permit_(std::move(permit)),
      route_(datagram.route),
      rest_(datagram.rest),
      budget_(datagram.budget),
      handle_(std::move(handle)) {
  answers_.keep_message_ends();
}

PendingCall::~PendingCall() {
  handle_->end();
  memory_.count(context_->server.memory, 0);
}

void PendingCall::start(std::unique_ptr<Session> session) {
  session_ = std::move(session);
  session_->use_host(*this);
  handle_->attach(*this);
  if (session_->job_ready()) start_call();
  count_memory();
  set_due();
}

void PendingCall::give_up(CloseReason reason) {
  if (std::exchange(given_up_, true)) return;
  context_->closed(reason, route_.peer(), {});
  if (handle_->call) {
    handle_->call->cancel();
  } else {
    registry_.finished(*this);
  }
}

void PendingCall::set_due() {
  std::chrono::nanoseconds most = context_->timeouts.handler;
  if (most.count() == 0 && !handle_->call && !session_->untimed()) most = Deadlines::kLongestLateAnswer;
  due_ = most.count() > 0 ? loop_.now() + most : TimePoint::max();
  registry_.watch(due_);
}

void PendingCall::on_answers() {
  if (handle_->call) handle_->call->take(answers_);
  on_mail();
}

void PendingCall::on_mail() {
  if (given_up_ || !session_) return;
  go_on([this] { take_mail(); });
}

void PendingCall::on_return(Job& job) {
  const std::shared_ptr<WorkerCall> done = std::exchange(handle_->call, nullptr);
  if (given_up_) return registry_.finished(*this);
  go_on([&] {
    done->take(answers_);
    complete(job);
    take_mail();
    set_due();
  });
}

void PendingCall::count_memory() {
  memory_.count(context_->server.memory, rest_.size() + session_->weight() + handle_->weight());
}

/// What replies that were kept have to say, and what is sent unasked.
void PendingCall::take_mail() {
  const TrafficTally tally(*session_, counters());
  handle_->deliver_mail(*session_, answers_);
}

void PendingCall::complete(Job& job) {
  const TrafficTally tally(*session_, counters());
  session_->complete(job, answers_);
}

/// Has the session answer what is left of the datagram, as far as that goes now.
void PendingCall::take_rest() {
  if (rest_.empty() || session_->ended() != CloseReason::none) return;
  TrafficTally tally(*session_, counters());
  const std::uint64_t start = ticks();
  rest_.erase(0, session_->receive_datagram(rest_, answers_));
  tally.time(start);
  if (rest_.empty() || !is_cut_off(*session_)) return;
  context_->dropped(DatagramDrop::too_many_answers, route_.from);
  rest_.clear();
}

/// Makes a step, sends what there is to send, and finds out whether the datagram is done with.
template <class Step>
void PendingCall::go_on(Step step) {
  bool done = true;
  const auto make_step = [&] {
    step();
    take_rest();
    if (session_->job_ready()) start_call();
    sender_.add(answers_, route_, budget_, *context_);
    answers_.clear();
    sender_.flush();
    done = !handle_->call && (session_->ended() != CloseReason::none || !session_->call_open());
  };
  run_guarded(make_step, [&](const char* why) { context_->dropped(DatagramDrop::failed, route_.from, why); });
  if (!done) return count_memory();
  note_end(*context_, *session_, route_);
  session_->closed(session_->ended(), session_->end_detail());
  registry_.finished(*this);
}

}  // namespace netkit
