#include "host/datagram/pending_calls.h"

#include <exception>
#include <string>

namespace netkit {

void PendingCalls::begin(std::unique_ptr<Session> session, const std::shared_ptr<ListenerContext>& context,
                         const PendingCall::Datagram& datagram, ConnectionPermit permit,
                         std::shared_ptr<ConversationHandle> handle) {
  PendingCall::Registry& registry = *this;
  calls_.push_front(
      std::make_unique<PendingCall>(registry, loop_, sender_, context, datagram, std::move(permit), std::move(handle)));
  PendingCall& call = *calls_.front();
  call.position = calls_.begin();
  try {
    call.start(std::move(session));
  } catch (const std::exception& error) {
    calls_.erase(call.position);
    context->dropped(DatagramDrop::failed, datagram.route.from,
                     std::string("no thread for the handler: ") + error.what());
  }
}

/// Has the loop look at the calls when this one's time is over, or sooner if that was asked before.
void PendingCalls::watch(TimePoint due) {
  if (due >= next_look_) return;
  next_look_ = due;
  loop_.set_deadline(socket_, due);
}

void PendingCalls::look() {
  next_look_ = TimePoint::max();
  for (auto next = calls_.begin(); next != calls_.end();) {
    PendingCall& call = **next++;  // give_up() may erase it
    if (call.given_up()) continue;
    if (call.due() <= loop_.now()) {
      call.give_up(CloseReason::handler_timeout);
    } else {
      watch(call.due());
    }
  }
}

void PendingCalls::finished(PendingCall& call) {
  sender_.flush();
  calls_.erase(call.position);
  finished_();
}

void PendingCalls::give_up(CloseReason reason) {
  for (auto next = calls_.begin(); next != calls_.end();) (*next++)->give_up(reason);
}

}  // namespace netkit
