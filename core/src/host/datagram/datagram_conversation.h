#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "admission/connection_permit.h"
#include "host/conversation/conversation_handle.h"
#include "host/datagram/datagram_batch.h"
#include "host/datagram/datagram_guard.h"
#include "host/datagram/datagram_sender.h"
#include "host/listener/listener_context.h"
#include "host/listener/traffic_tally.h"
#include "host/loop/channel.h"
#include "host/loop/event_loop.h"
#include "session/deadlines.h"
#include "session/session.h"

namespace netkit {

/// The conversation with one peer of a datagram socket: a session that lives across its datagrams. A channel without a
/// descriptor, owned by its loop from begin() to the end; the socket feeds it.
///
/// All that is sent to the peer, unasked too, is paid for by what has come from it: else a forged source would be
/// flooded.
class DatagramConversation final : public Channel, public SessionHost, public ConversationHandle::Owner {
 public:
  /// Knows which conversation a peer has. Outlives those that it knows.
  class Registry {
   public:
    virtual ~Registry() = default;
    /// This one is over: the peer's next datagram begins another.
    virtual void remove(const DatagramConversation& conversation) = 0;
  };

  /// `context` gave the permit. `route` and `budget`: of the datagram that begins the conversation.
  DatagramConversation(EventLoop& loop, Registry& registry, DatagramSender& sender, ListenerContext& context,
                       ConnectionPermit permit, const DatagramRoute& route, const AnswerBudget& budget);
  ~DatagramConversation() override;

  /// Tells the handler. Behind EventLoop::adopt().
  void begin();
  /// Adds what a further datagram pays for.
  void earn(const AnswerBudget& budget) { budget_.add(budget); }
  /// Answers a datagram, or keeps it until its turn comes. The sender is to be flushed by the caller.
  void receive(std::string_view bytes, const DatagramRoute& route);

  const PeerAddress& address() const { return route_.from; }

  void on_events(std::uint32_t /*events*/) override {}
  void on_deadline() override;
  bool belongs_to(const ListenerContext& context) const override { return &context_ == &context; }
  const char* listener_name() const override { return context_.name.c_str(); }
  std::optional<SessionReport> report(std::string_view listener) override;
  std::uint64_t conversation_id() const override { return handle_ ? handle_->id() : 0; }
  void drain() override { end_soon(CloseReason::shutdown); }
  void abort(CloseReason reason) override { close(reason, {}); }

 private:
  /// How far the conversation is. Each goes to a later one only.
  enum class Phase : std::uint8_t {
    serving,
    ending,  ///< Takes no new datagrams; what has come may be answered. reason_ says why.
    closed,  ///< Waits at most for a call that a worker is in.
  };
  struct Waiting {
    std::string bytes;
    DatagramRoute route;
  };

  Peer peer() const override { return route_.peer(); }
  CallSource call_source() const override { return route_.from.call_source(context_.limits.per_source.loopback); }
  std::shared_ptr<HandleMaker> handles() override;
  void on_mail() override;
  void on_pause() override;
  void on_answers() override;
  void on_return(Job& job) override;

  template <class Step>
  void go_on(Step step);
  void keep(std::string_view bytes, const DatagramRoute& route);
  std::size_t take(std::string_view bytes, const DatagramRoute& route);
  bool take_waiting();
  void take_mail();
  void heed_pause();
  void send();
  void start_call();
  void settle();
  void watch_time();
  void end_soon(CloseReason reason);
  void close(CloseReason reason, const std::string& detail);
  void release(std::string_view detail);
  void complete(Job& job);
  TimeHistogram* call_times() override { return &counters().times; }
  TrafficCounters::Shard& counters() { return context_.counters.traffic.of_loop(loop_.index()); }
  bool calling() const { return handle_ && handle_->call; }
  bool can_take() const { return !session_.busy() && session_.ended() == CloseReason::none && !paused_; }
  Traffic traffic() const {
    return {.received_bytes = received_bytes_,
            .received_messages = session_.messages(),
            .sent_bytes = sent_bytes_,
            .sent_messages = session_.answers()};
  }

  EventLoop& loop_;
  Registry& registry_;
  DatagramSender& sender_;
  ConnectionPermit permit_;  // before all that may hold what is of a plugin: it keeps the plugins
  ListenerContext& context_;
  DatagramRoute route_;  // of the datagram that was taken last
  AnswerBudget budget_;
  Session session_;
  std::deque<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::shared_ptr<ConversationHandle> handle_;  // null until somebody wants one
  const TimePoint opened_;
  Deadlines deadlines_;
  std::uint64_t received_bytes_ = 0;
  std::uint64_t sent_bytes_ = 0;
  Phase phase_ = Phase::serving;
  CloseReason reason_ = CloseReason::none;
  bool paused_ = false;  // by the handler
};

}  // namespace netkit
