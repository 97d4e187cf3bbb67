#include <utility>

#include "base/run_guarded.h"
#include "host/upstream/upstream_connection.h"

// How an onward connection tells its handler what has happened: when no other call of the owner's is under way.

namespace netkit {

/// An exception of the handler ends the connection.
template <class Call>
void UpstreamConnection::call_handler(Call call) {
  run_guarded(call, [this](const char* what) { close("handler-failed", what); });
}

/// False if the handler is not to be called now. on_connect() comes before anything else.
bool UpstreamConnection::may_tell() {
  if (!plan_.owner || phase_ != Phase::open) return false;
  if (plan_.owner->calling()) {
    if (asked_owner_) return false;
    asked_owner_ = plan_.owner->run([handle = handle_] {
      if (UpstreamConnection* const connection = handle->connection()) connection->on_owner_free();
    });
    return false;
  }
  if (std::exchange(untold_connect_, false)) {
    call_handler([this] { plan_.handler->on_connect(upstream()); });
  }
  return phase_ == Phase::open;
}

void UpstreamConnection::on_owner_free() {
  asked_owner_ = false;
  loop_.guarded(*this, [this] {
    if (phase_ == Phase::closed) {
      tell_close();
    } else if (phase_ == Phase::open) {
      settle();
    }
  });
}

bool UpstreamConnection::has_news() const {
  if (phase_ != Phase::open || !plan_.owner) return false;
  if (untold_connect_) return true;
  return !closing_ &&
         ((holds_messages() && accepts()) || (untold_end_ && !handle_->paused()) || handle_->has_room_news());
}

void UpstreamConnection::tell_news() {
  if (!has_news() || !may_tell()) return;
  if (holds_messages() && accepts()) input_.use_kept([this](std::string_view bytes) { return decode(bytes); });
  if (input_.empty()) input_.release();
  if (phase_ == Phase::open && untold_end_ && !closing_ && !handle_->paused()) tell_end();
  if (phase_ == Phase::open && ends_all_ && !untold_end_ && !std::exchange(closing_, true)) reason_ = "peer-closed";
  if (phase_ == Phase::open && !closing_ && handle_->take_room_news()) {
    call_handler([this] { plan_.handler->on_writable(upstream()); });
  }
}

/// The other end has ended its direction: what it left behind is the last message, or cut. A handler that pauses at the
/// last message hears of the end later.
void UpstreamConnection::tell_end() {
  call_handler([this] {
    if (!std::exchange(last_, true)) decode_end();
    input_.release();
    if (phase_ != Phase::open || handle_->paused()) return;
    untold_end_ = false;
    plan_.handler->on_end(upstream());
  });
}

void UpstreamConnection::decode_end() {
  const Decoded decoded = codec_.decoder->end(input_.view());
  if (decoded.status == Decoded::Status::malformed) {
    close("malformed", std::string(decoded.reason));
  } else if (decoded.status == Decoded::Status::message) {
    plan_.handler->on_message(upstream(), decoded.message);
  } else if (!input_.empty()) {
    close("peer-cut", std::to_string(input_.view().size()) + " bytes are not a whole message");
  }
}

/// The last call, once no other is under way.
void UpstreamConnection::tell_close() {
  if (plan_.owner && plan_.owner->calling()) {
    if (asked_owner_) return;
    asked_owner_ = plan_.owner->run([handle = handle_] {
      if (UpstreamConnection* const connection = handle->connection()) connection->on_owner_free();
    });
    return;
  }
  handle_->shut();
  if (plan_.owner) {
    run_guarded([this] { plan_.handler->on_close(upstream(), reason_, detail_); },
                [](const char* /*what*/) {});  // it is over already
    plan_.owner->remove_part(*handle_);
  }
  forget();
}

}  // namespace netkit
