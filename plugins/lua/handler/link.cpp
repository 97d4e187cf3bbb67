#include "handler/link.h"

#include "handler/script_session.h"

namespace netkit::lua {

Link::Kept Link::take() {
  Kept kept = std::move(kept_.front());
  kept_.pop_front();
  if (kept_.empty() && !ended()) upstream_.resume();
  return kept;
}

void Link::on_connect(const Upstream& /*upstream*/) {
  connected_ = true;
  tell();
}

void Link::on_message(const Upstream& upstream, const Message& message) {
  kept_.push_back({std::string(message.body), message.attributes ? *message.attributes : kNoAttributes});
  upstream.pause();
  tell();
}

void Link::on_end(const Upstream& upstream) { upstream.close(); }

void Link::on_close(const Upstream& /*upstream*/, std::string_view reason, std::string_view detail) {
  end_ = reason;
  if (!detail.empty()) end_ += ": " + std::string(detail);
  tell();
}

/// Wakes the waiter by a task of the conversation, so that an error in its call ends that.
void Link::tell() {
  if (session_ == nullptr || waiter_ == 0) return;
  conversation_.run([session = session_, wait_number = std::exchange(waiter_, 0)] { session->wake(wait_number); });
}

}  // namespace netkit::lua
