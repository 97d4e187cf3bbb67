#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "admission/memory_budget.h"
#include "host/conversation/hosted_session.h"
#include "host/datagram/datagram_batch.h"
#include "host/datagram/datagram_guard.h"
#include "host/datagram/datagram_sender.h"
#include "host/loop/channel.h"
#include "host/loop/event_loop.h"

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
  bool belongs_to(const ListenerContext& context) const override { return &hosted_.context == &context; }
  const ListenerContext* conversation_of() const override {
    return phase_ == Phase::closed ? nullptr : &hosted_.context;
  }
  const char* listener_name() const override { return hosted_.context.name.c_str(); }
  std::optional<SessionReport> report(const SessionQuery& query) override;
  std::uint64_t conversation_id() const override { return hosted_.id(); }
  void drain() override { end_soon(CloseReason::shutdown); }
  void abort(CloseReason reason) override { close(reason, {}); }
  std::size_t weight() const override { return memory_.counted(); }
  void readmit(const ListenerContext& now) override;

 private:
  /// How far the conversation is.
  ///
  ///     serving ── end_soon() ──> ending ── all is answered ──> closed
  ///        └──────────── close(): an end, a failure ──────────────┘
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
  void call_refused() override { hosted_.context.counters.count_refused_call(); }
  CallSource call_source() const override {
    return route_.from.call_source(hosted_.context.limits.per_source.loopback);
  }
  HandleMaker& handles() override;
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
  void settle();
  void count_memory(std::size_t waits) { memory_.count(hosted_.context.server.memory, waits); }
  void watch_time();
  void end_soon(CloseReason reason);
  void close(CloseReason reason, const std::string& detail);
  void release(std::string_view detail);
  TimeHistogram* call_times() override { return &hosted_.counters().times; }
  bool can_take() const { return !hosted_.session.busy() && hosted_.session.ended() == CloseReason::none && !paused_; }
  Traffic traffic() const {
    return {.received_bytes = received_bytes_,
            .received_messages = hosted_.session.messages(),
            .sent_bytes = sent_bytes_,
            .sent_messages = hosted_.session.answers()};
  }

  HostedSession hosted_;
  Registry& registry_;
  DatagramSender& sender_;
  DatagramRoute route_;  // of the datagram that was taken last
  AnswerBudget budget_;
  std::deque<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
  MemoryShare memory_;
  std::uint64_t received_bytes_ = 0;
  std::uint64_t sent_bytes_ = 0;
  Phase phase_ = Phase::serving;
  CloseReason reason_ = CloseReason::none;
  bool paused_ = false;  // by the handler
};

}  // namespace netkit
