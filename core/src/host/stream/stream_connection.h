#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "admission/memory_budget.h"
#include "host/conversation/hosted_session.h"
#include "host/loop/channel.h"
#include "host/loop/event_loop.h"
#include "host/stream/accepted_socket.h"
#include "host/stream/speeds.h"
#include "host/transport/input_buffer.h"
#include "host/transport/send_queue.h"
#include "host/transport/stream.h"

namespace netkit {

/// Drives the session of one accepted connection: an InputBuffer and a SendQueue move the bytes, a HostedSession has
/// all that does not depend on them. Owned by its loop, from open() to the end.
///
/// Answers go to the loop's output, so that a connection with nothing pending holds no buffer: `unsent_` keeps what the
/// peer has not yet taken.
///
/// Its functions stand by what they are about: serving.cpp has the way of the bytes, stream_connection.cpp that of the
/// connection from its beginning to its end, with calls that take longer and what handles ask for.
class StreamConnection final : public Channel, public SessionHost, public ConversationHandle::Owner {
 public:
  StreamConnection(EventLoop& loop, AcceptedSocket&& accepted);
  ~StreamConnection() override;

  /// Hands a new connection to `loop`; its loop thread only. Returns it; it may have ended, and lives until the end of
  /// this turn at least.
  static StreamConnection& open(EventLoop& loop, AcceptedSocket&& accepted);

  void on_events(std::uint32_t events) override;
  void on_deadline() override;
  bool belongs_to(const ListenerContext& context) const override { return &hosted_.context == &context; }
  const ListenerContext* conversation_of() const override { return over() ? nullptr : &hosted_.context; }
  const char* listener_name() const override { return hosted_.context.name.c_str(); }
  std::optional<SessionReport> report(const SessionQuery& query) override;
  std::uint64_t conversation_id() const override { return hosted_.id(); }
  void drain() override;
  void abort(CloseReason reason) override { close(reason); }
  std::size_t weight() const override { return memory_.counted(); }
  void readmit(const ListenerContext& now) override;

 private:
  /// How far the connection is.
  ///
  ///     handshake ──> serving <──> starting_tls
  ///         │            │              │
  ///         └────────> ending <─────────┘      end_soon(): a drain, the end of its lifetime, a peer admitted no longer
  ///                      │
  ///                  lingering                 linger(): all is sent; from any phase above if the session has ended
  ///                      │
  ///                   closed                   close(): from any phase, for a failure, a deadline or the peer's end
  enum class Phase : std::uint8_t {
    handshake,     ///< TLS is not established: the conversation has not begun.
    starting_tls,  ///< The same in mid-conversation, because its handler has asked for TLS.
    serving,
    ending,     ///< Takes no new messages; what runs may finish. reason_ says why.
    lingering,  ///< All is sent and this side has ended: waits for the peer's end. reason_ says why.
    closed,     ///< Has no stream any more; waits for a call that a worker is in.
  };
  static constexpr std::uint32_t kReadable = EPOLLIN | EPOLLRDHUP;

  /// Why the peer is not read for a while; any of them.
  enum Hold : std::uint8_t { kByRates = 1, kByHandler = 2, kByMemory = 4 };

  RateLimiter* rates() const { return speeds_ ? speeds_->most() : nullptr; }

  Peer peer() const override;
  CallSource call_source() const override;
  void call_refused() override { hosted_.context.counters.count_refused_call(); }
  HandleMaker& handles() override;
  void on_mail() override;
  void on_pause() override;
  void on_answers() override;
  void on_return(Job& job) override;

  void begin();
  void begin_conversation();
  void begin_tls();
  void handshake_done();
  void serve(std::uint32_t events);
  bool read();
  void read_message();
  bool reads_on() const;
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
  void receive_end();
  void note_malformed(std::string_view bytes, std::size_t used);
  void finish_input();
  /// `readable`: can_read(); `sent`: all_sent().
  void watch_time(bool readable, bool sent);
  bool is_proxied_as(const ListenerContext& now) const;
  bool is_admitted_by(const ListenerContext& now) const;
  void end_soon(CloseReason reason);
  void linger(CloseReason reason);
  void linger_on();
  void close(CloseReason reason, const std::string& detail = {});
  void release(std::string_view detail);
  void update_interest(bool readable, bool sent);
  void set_interest(std::uint32_t wanted) {
    if (wanted == interest_) return;
    interest_ = wanted;
    hosted_.loop.change(*this, interest_);
  }
  bool over() const { return phase_ >= Phase::lingering; }
  /// The peer may have connected just now, and its first message be on its way.
  bool has_not_asked() const { return phase_ <= Phase::serving && received_bytes_ == 0 && !peer_done_; }
  TimeHistogram* call_times() override { return &hosted_.counters().times; }
  /// Both sides have agreed on how to talk.
  bool established() const { return phase_ >= Phase::serving; }
  bool can_answer() const {
    return !hosted_.session.busy() && hosted_.session.ended() == CloseReason::none &&
           !hosted_.session.backed_up(unsent_.output()) && !unsent_.in_body() && holds_ == 0;
  }
  bool can_read() const { return can_answer() && !peer_done_ && phase_ <= Phase::serving && !holds_messages(); }
  /// True if whole messages may be kept that could not be answered when they came.
  bool holds_messages() const { return !input_.empty() && !hosted_.session.needs_more(); }
  Traffic traffic() const {
    return {.received_bytes = received_bytes_,
            .received_messages = hosted_.session.messages(),
            .sent_bytes = unsent_.sent_bytes(),
            .sent_messages = hosted_.session.answers()};
  }
  const std::string& end_detail() const {
    return stream_->failure().empty() ? hosted_.session.end_detail() : stream_->failure();
  }
  /// True if nothing is half done: what comes next may well be a short message whose sender waits for the answer.
  bool at_rest() const { return phase_ == Phase::serving && input_.empty() && all_sent(); }
  bool all_sent() const { return unsent_.empty() && !stream_->holds_unsent(); }

  HostedSession hosted_;
  std::unique_ptr<Stream> stream_;  // null once closed
  PeerAddress address_;
  std::uint32_t interest_ = 0;
  Phase phase_;
  CloseReason reason_ = CloseReason::none;
  std::uint8_t holds_ = 0;
  // Bits, as another byte would take eight of every connection.
  bool peer_done_ : 1 = false;      // it has sent its last byte, in whatever phase
  bool proxied_ : 1;                // address_ is not the socket's peer
  bool at_first_bytes_ : 1 = true;  // they may still become what is refused
  bool last_chance_ : 1 = false;    // it is to end as soon as its first message is in
  std::uint64_t received_bytes_ = 0;
  MemoryShare memory_;
  InputBuffer input_;
  SendQueue unsent_;
  std::unique_ptr<Speeds> speeds_;  // null if any will do
};

}  // namespace netkit
