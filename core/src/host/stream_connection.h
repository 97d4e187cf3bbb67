#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "host/arrival.h"
#include "host/channel.h"
#include "host/event_loop.h"
#include "host/listener_context.h"
#include "host/send_queue.h"
#include "host/stream.h"
#include "host/worker_call.h"
#include "netkit/buffer.h"
#include "session/session.h"

namespace netkit {

/// Moves bytes between one accepted stream and its session. Owned by its loop, from open() to the end.
///
/// Reads go to the loop's buffer and answers to the loop's output, so that a connection with nothing pending holds no
/// buffer: `input_` keeps what is not yet a whole message, `unsent_` what the peer has not yet taken.
class StreamConnection final : public Channel, public Endpoint, public WorkerCall::Owner {
 public:
  StreamConnection(EventLoop& loop, Arrival arrival);

  /// Hands a new connection to `loop`; its loop thread only.
  static void open(EventLoop& loop, Arrival arrival);

  void on_events(std::uint32_t events) override;
  void on_deadline() override;
  bool belongs_to(const ListenerContext& context) const override { return &context_ == &context; }
  void drain() override;
  void abort(CloseReason reason) override;

 private:
  Peer peer() const override { return address_.peer(); }
  void on_answers(Output& answers) override;
  void on_return(Job& job) override;

  void begin();
  void read();
  void read_held();
  ssize_t read_shared();
  ssize_t read_large();
  std::size_t answer(std::string_view bytes);
  void answer_kept();
  bool went_well(const SendQueue::Result& sent);
  void start_call();
  void settle();
  void linger(CloseReason reason);
  void linger_on();
  void close(CloseReason reason, const std::string& detail = {}, bool reset = false);
  void update_interest();
  void set_interest(std::uint32_t wanted);
  Traffic traffic() const;
  bool can_answer() const;
  bool can_read() const;
  bool holds_messages() const;
  bool all_sent() const { return unsent_.empty() && !stream_->holds_unsent(); }

  EventLoop& loop_;
  Place place_;  // before all that may hold what is of a plugin: it keeps the plugins
  ListenerContext& context_;
  std::unique_ptr<Stream> stream_;  // null once closed
  PeerAddress address_;
  Session session_;
  Buffer input_;
  SendQueue unsent_;
  std::shared_ptr<WorkerCall> call_;
  const TimePoint opened_;
  std::uint64_t received_bytes_ = 0;
  TimePoint last_activity_;
  std::uint32_t interest_ = 0;
  bool peer_done_ = false;  // it has sent its last byte
  bool draining_ = false;
  bool lingering_ = false;
  CloseReason lingering_for_ = CloseReason::none;
};

}  // namespace netkit
