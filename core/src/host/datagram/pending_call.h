#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "admission/connection_permit.h"
#include "admission/memory_budget.h"
#include "host/conversation/conversation_handle.h"
#include "host/datagram/datagram_batch.h"
#include "host/datagram/datagram_guard.h"
#include "host/datagram/datagram_sender.h"
#include "host/listener/listener_context.h"
#include "host/loop/event_loop.h"
#include "session/output.h"
#include "session/session.h"

namespace netkit {

/// A datagram that is not answered yet: its handler runs on a worker, or keeps the reply. Has its session and what else
/// is in the datagram. Loop thread.
class PendingCall final : public SessionHost, public ConversationHandle::Owner {
 public:
  /// Has the calls of one socket. Outlives them.
  class Registry {
   public:
    virtual ~Registry() = default;
    /// A call is to be looked at when `due` has come.
    virtual void watch(TimePoint due) = 0;
    /// The datagram is done with: destroys the call.
    virtual void finished(PendingCall& call) = 0;
  };

  /// What the datagram brings along. `rest`: what has not been decoded of it.
  struct Datagram {
    const DatagramRoute& route;
    std::string_view rest;
    const AnswerBudget& budget;
  };

  /// `context` gave the permit. The sender, as the loop, outlives the call.
  PendingCall(Registry& registry, EventLoop& loop, DatagramSender& sender, std::shared_ptr<ListenerContext> context,
              const Datagram& datagram, ConnectionPermit permit, std::shared_ptr<ConversationHandle> handle);
  ~PendingCall() override;

  /// Runs the session's call, or waits for its reply. Throws if no thread can be had.
  void start(std::unique_ptr<Session> session);
  /// Nothing is answered any more, for that reason: the handler is told so.
  void give_up(CloseReason reason);
  TimePoint due() const { return due_; }
  bool given_up() const { return given_up_; }

  std::list<std::unique_ptr<PendingCall>>::iterator position;  ///< For the registry.

 private:
  Peer peer() const override { return route_.peer(); }
  TrafficCounters::Shard& counters() { return context_->counters.traffic.of_loop(loop_.index()); }
  TimeHistogram* call_times() override { return &counters().times; }
  void call_refused() override { context_->counters.count_refused_call(); }
  CallSource call_source() const override { return route_.from.call_source(context_->limits.per_source.loopback); }
  HandleMaker& handles() override { return *handle_; }
  const char* listener_name() const override { return context_->name.c_str(); }
  void on_answers() override;
  void on_pause() override {}  // there is one datagram, and it has come
  void on_mail() override;
  void on_return(Job& job) override;

  template <class Step>
  void go_on(Step step);
  void take_rest();
  void start_call() { handle_->start_call(session_->take_job(), *context_); }
  void take_mail();
  void complete(Job& job);
  void set_due();
  void count_memory();

  const std::shared_ptr<ListenerContext> context_;  // the one it began with
  Registry& registry_;
  EventLoop& loop_;
  DatagramSender& sender_;
  const ConnectionPermit permit_;
  const DatagramRoute route_;
  std::string rest_;
  MemoryShare memory_;
  AnswerBudget budget_;
  Output answers_;
  const std::shared_ptr<ConversationHandle> handle_;
  std::unique_ptr<Session> session_;
  TimePoint due_ = TimePoint::max();
  bool given_up_ = false;
};

}  // namespace netkit
