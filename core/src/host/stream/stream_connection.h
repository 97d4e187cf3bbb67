#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "admission/rate_limiter.h"
#include "host/conversation/conversation_handle.h"
#include "host/listener/listener_context.h"
#include "host/listener/traffic_tally.h"
#include "host/loop/channel.h"
#include "host/loop/event_loop.h"
#include "host/stream/accepted_socket.h"
#include "host/transport/input_buffer.h"
#include "host/transport/send_queue.h"
#include "host/transport/stream.h"
#include "session/deadlines.h"
#include "session/pace.h"
#include "session/session.h"

namespace netkit {

/// Drives the session of one accepted connection: an InputBuffer and a SendQueue move the bytes, Deadlines say when it
/// takes too long. Owned by its loop, from open() to the end.
///
/// Answers go to the loop's output, so that a connection with nothing pending holds no buffer: `unsent_` keeps what the
/// peer has not yet taken.
class StreamConnection final : public Channel, public SessionHost, public ConversationHandle::Owner {
 public:
  StreamConnection(EventLoop& loop, AcceptedSocket accepted);
  ~StreamConnection() override;

  /// Hands a new connection to `loop`; its loop thread only.
  static void open(EventLoop& loop, AcceptedSocket accepted);

  void on_events(std::uint32_t events) override;
  void on_deadline() override;
  bool belongs_to(const ListenerContext& context) const override { return &context_ == &context; }
  const char* listener_name() const override { return context_.name.c_str(); }
  std::optional<SessionReport> report(std::string_view listener) override;
  std::uint64_t conversation_id() const override { return handle_ ? handle_->id() : 0; }
  void drain() override;
  void abort(CloseReason reason) override { close(reason); }
  std::size_t weight() const override { return counted_; }
  void readmit(const ListenerContext& now) override;

 private:
  /// How far the connection is. Each goes to a later one only, but for a handshake in mid-conversation.
  enum class Phase : std::uint8_t {
    handshake,  ///< TLS is not established: the conversation has not begun, or its handler has asked for TLS.
    serving,
    ending,     ///< Takes no new messages; what runs may finish. reason_ says why.
    lingering,  ///< All is sent and this side has ended: waits for the peer's end. reason_ says why.
    closed,     ///< Has no stream any more; waits for a call that a worker is in.
  };
  /// Why the peer is not read for a while; any of them.
  enum Hold : std::uint8_t { kByRates = 1, kByHandler = 2, kByMemory = 4 };

  class MovedBytes;
  struct Paces {
    Pace received;
    Pace sent;
  };
  /// The most and the least that the peer may send and take.
  struct Speeds {
    std::unique_ptr<RateLimiter> most{};  // null if there is none
    std::optional<Paces> least{};
  };
  static std::unique_ptr<Speeds> make_speeds(std::unique_ptr<RateLimiter> most, const Limits& limits);
  RateLimiter* rates() const { return speeds_ ? speeds_->most.get() : nullptr; }
  Paces* paces() const { return speeds_ && speeds_->least ? &*speeds_->least : nullptr; }

  Peer peer() const override;
  LocalEnd local_end() const;
  CallSource call_source() const override;
  std::shared_ptr<HandleMaker> handles() override;
  void on_mail() override;
  void on_pause() override;
  void on_answers() override;
  void on_return(Job& job) override;

  void begin();
  void begin_conversation();
  void begin_tls();
  void handshake_done();
  void serve(std::uint32_t events);
  void read();
  void read_held();
  void receive_failed();
  ssize_t receive(std::span<char> into);
  bool heed(RateLimiter::Verdict verdict);
  std::size_t answer(std::string_view bytes);
  std::size_t decode(std::string_view bytes, Output& out);
  bool admits_first_bytes(std::string_view bytes);
  void end_first_bytes();
  void answer_kept();
  bool went_well(const SendQueue::Result& sent);
  bool send_unsent() { return went_well(unsent_.send(*stream_)); }
  void start_call();
  void take_mail();
  void deliver_mail(Output& out);
  void heed_pause();
  void settle();
  void count_memory();
  void count_memory(std::size_t waits);
  bool keeps_pace();
  void complete(Job& job);
  void receive_end();
  void note_malformed(std::string_view rest);
  void finish_input();
  void watch_time();
  bool is_admitted_by(const ListenerContext& now) const;
  void end_soon(CloseReason reason);
  void linger(CloseReason reason);
  void linger_on();
  void close(CloseReason reason, const std::string& detail = {});
  void release(std::string_view detail);
  void update_interest();
  void set_interest(std::uint32_t wanted) {
    if (wanted == interest_) return;
    interest_ = wanted;
    loop_.change(*this, interest_);
  }
  bool over() const { return phase_ >= Phase::lingering; }
  TimeHistogram* call_times() override { return &counters().times; }
  TrafficCounters::Shard& counters() { return context_.counters.traffic.of_loop(loop_.index()); }
  bool calling() const { return handle_ && handle_->call; }
  bool can_answer() const {
    return !session_.busy() && session_.ended() == CloseReason::none && !session_.backed_up(unsent_.output()) &&
           !unsent_.in_body() && holds_ == 0;
  }
  bool can_read() const { return can_answer() && !peer_done_ && phase_ <= Phase::serving && !holds_messages(); }
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
  bool at_rest() const { return phase_ == Phase::serving && input_.empty() && all_sent(); }
  bool all_sent() const { return unsent_.empty() && !stream_->holds_unsent(); }

  EventLoop& loop_;
  ConnectionPermit permit_;  // before all that may hold what is of a plugin: it keeps the plugins
  ListenerContext& context_;
  std::unique_ptr<Stream> stream_;  // null once closed
  PeerAddress address_;
  Session session_;
  InputBuffer input_;
  SendQueue unsent_;
  std::shared_ptr<ConversationHandle> handle_;  // null until somebody wants one
  std::uint64_t received_bytes_ = 0;
  std::size_t counted_ = 0;  // of limits.memory
  Deadlines deadlines_;
  std::unique_ptr<Speeds> speeds_;  // null if any will do
  std::uint32_t interest_ = 0;
  Phase phase_;
  CloseReason reason_ = CloseReason::none;
  std::uint8_t holds_ = 0;
  // Bits, as another byte would take eight of every connection.
  bool peer_done_ : 1 = false;  // it has sent its last byte
  bool proxied_ : 1;            // address_ is not the socket's peer
  bool at_first_bytes_ : 1;     // they may still become what is refused
};

}  // namespace netkit
