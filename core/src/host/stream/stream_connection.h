#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "admission/rate_limiter.h"
#include "host/listener/listener_context.h"
#include "host/loop/channel.h"
#include "host/loop/event_loop.h"
#include "host/stream/accepted_socket.h"
#include "host/stream/send_queue.h"
#include "host/stream/stream.h"
#include "host/worker/worker_call.h"
#include "netkit/buffer.h"
#include "session/deadlines.h"
#include "session/session.h"

namespace netkit {

/// Moves bytes between one accepted stream and its session. Owned by its loop, from open() to the end.
///
/// Reads go to the loop's buffer and answers to the loop's output, so that a connection with nothing pending holds no
/// buffer: `input_` keeps what is not yet a whole message, `unsent_` what the peer has not yet taken.
class StreamConnection final : public Channel, public Endpoint, public WorkerCall::Owner {
 public:
  StreamConnection(EventLoop& loop, AcceptedSocket arrival);

  /// Hands a new connection to `loop`; its loop thread only.
  static void open(EventLoop& loop, AcceptedSocket arrival);

  void on_events(std::uint32_t events) override;
  void on_deadline() override;
  bool belongs_to(const ListenerContext& context) const override { return &context_ == &context; }
  void drain() override { end_soon(CloseReason::shutdown); }
  void abort(CloseReason reason) override { close(reason); }

 private:
  Peer peer() const override { return address_.peer(); }
  void on_answers(Output& answers) override;
  void on_return(Job& job) override;

  void begin();
  void serve(std::uint32_t events);
  void read();
  void read_held();
  void receive_failed();
  ssize_t receive(std::span<char> into);
  bool heed(RateLimiter::Verdict verdict);
  ssize_t read_shared();
  ssize_t read_large();
  std::size_t answer(std::string_view bytes);
  std::size_t decode(std::string_view bytes, Output& out);
  void answer_kept();
  bool went_well(const SendQueue::Result& sent);
  void start_call();
  void settle();
  void watch_time();
  void end_soon(CloseReason reason);
  void linger(CloseReason reason);
  void linger_on();
  void close(CloseReason reason, const std::string& detail = {});
  void update_interest();
  void set_interest(std::uint32_t wanted) {
    if (wanted == interest_) return;
    interest_ = wanted;
    loop_.change(*this, interest_);
  }
  std::uint64_t moved_bytes() const { return received_bytes_ + unsent_.sent_bytes(); }
  bool can_answer() const {
    return !session_.busy() && session_.ended() == CloseReason::none && !session_.backed_up(unsent_.output()) &&
           !unsent_.in_body() && !paused_;
  }
  bool can_read() const { return can_answer() && !peer_done_ && ending_for_ == CloseReason::none && !holds_messages(); }
  /// True if whole messages may be kept that could not be answered when they came.
  bool holds_messages() const { return !input_.empty() && !session_.needs_more(); }
  Traffic traffic() const {
    return {.received_bytes = received_bytes_,
            .received_messages = session_.messages(),
            .sent_bytes = unsent_.sent_bytes(),
            .sent_messages = session_.answers()};
  }
  const std::string& end_detail() const {
    return stream_->failure().empty() ? session_.end_detail() : stream_->failure();
  }
  /// True if nothing is half done: what comes next may well be a short message whose sender waits for the answer.
  bool at_rest() const { return stream_ && stream_->established() && input_.empty() && all_sent() && !lingering_; }
  bool all_sent() const { return unsent_.empty() && !stream_->holds_unsent(); }

  EventLoop& loop_;
  ConnectionPermit permit_;  // before all that may hold what is of a plugin: it keeps the plugins
  ListenerContext& context_;
  std::unique_ptr<Stream> stream_;  // null once closed
  PeerAddress address_;
  Session session_;
  Buffer input_;
  SendQueue unsent_;
  std::shared_ptr<WorkerCall> call_;
  const TimePoint opened_;
  std::uint64_t received_bytes_ = 0;
  Deadlines deadlines_;
  std::unique_ptr<RateLimiter> rates_;  // null if there are none
  std::uint32_t interest_ = 0;
  bool peer_done_ = false;  // it has sent its last byte
  bool paused_ = false;     // until the rates have room again
  bool lingering_ = false;
  CloseReason lingering_for_ = CloseReason::none;
  CloseReason ending_for_ = CloseReason::none;  // no new work is taken
};

}  // namespace netkit
