#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

#include "base/executor.h"
#include "host/conversation/mail.h"
#include "host/listener/listener_log.h"
#include "host/loop/event_loop.h"
#include "host/loop/loop_owner.h"
#include "host/worker/worker_call.h"
#include "netkit/responder.h"
#include "session/session_host.h"

namespace netkit {

struct ListenerContext;

/// The far end of all handles of one conversation: takes what they ask for on any thread and hands it to whoever
/// carries the conversation, on its loop. Made when the first handle is; lives as long as anybody holds one.
class ConversationHandle final : public ConversationCore,
                                 public HandleMaker,
                                 public LoopOwner,
                                 public std::enable_shared_from_this<ConversationHandle> {
 public:
  /// Carries the conversation. Loop thread.
  class Owner : public WorkerCall::Owner {
   public:
    /// There is mail to take.
    virtual void on_mail() = 0;
    /// The handler has called pause() on this thread, maybe within a call: no further message is taken.
    virtual void on_pause() = 0;
  };

  /// `workers` resolve the names of onward connections. `keeps`: what the conversation's handler is made of; held until
  /// end(). `output_limit`: see limits.output. `log`, `call_times`: null for none.
  ConversationHandle(EventLoop& loop, Executor& workers, std::shared_ptr<const void> keeps, Peer peer,
                     std::size_t output_limit, std::shared_ptr<ListenerLog> log = nullptr, LocalEnd local = {},
                     std::shared_ptr<TimeHistogram> call_times = nullptr);
  ~ConversationHandle() override;

  // Any thread.
  /// Where late answers are timed.
  TimeHistogram* call_times() const { return call_times_.get(); }
  std::uint64_t id() const noexcept override { return id_; }
  bool open() const noexcept override { return open_.load(std::memory_order_acquire); }
  Peer peer() const override;
  LocalEnd local() const override { return local_; }
  std::size_t loop() const noexcept override { return loop_.index(); }
  std::size_t waiting() const noexcept override {
    return posted_.load(std::memory_order_relaxed) + unsent_.load(std::memory_order_relaxed);
  }
  bool send(SharedBody body, const Attributes& attributes) override;
  void close() override { post(mail::Close{}); }
  void fail(std::string_view reason, std::string_view detail) override {
    post(mail::Close{close_reason_named(reason), std::string(detail)});
  }
  bool run(Task task) override { return post(mail::Run{std::move(task)}); }
  Timer after(std::chrono::nanoseconds delay, Task task) override {
    return start_timer(shared_from_this(), delay, std::move(task));
  }
  void pause() override;
  void resume() override;
  bool when_writable(Task task) override;
  Upstream connect(const Target& target, std::shared_ptr<UpstreamHandler> handler) override;
  void log(LogLevel level, std::string_view text) override;
  void event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) override;

  std::shared_ptr<HandleMaker> hold() override { return shared_from_this(); }
  Conversation conversation() override { return Conversation(shared_from_this()); }
  Reply make_reply(std::uint64_t call, CallPermit permit) override;
  /// Requested when the conversation ends.
  std::stop_token stop_token();

  /// Adds to the mail. False, and nothing is added, once the conversation has ended.
  bool post(Mail mail, std::size_t weight = 0);
  bool full() const { return waiting() >= output_limit_; }
  /// Whether the handler wants no further message, as last said. The owner looks when it has taken the mail.
  bool paused() const { return paused_; }
  EventLoop& event_loop() override { return loop_; }

  // Loop thread.

  bool calling() const override { return call != nullptr; }
  /// The memory that mail and the message of a call on a worker take, in bytes.
  std::size_t weight() const { return posted_.load(std::memory_order_relaxed) + (call ? call->weight() : 0); }
  /// Runs a call of the owner's session on a worker: `call` from now on, until on_return(). Throws, and there is none,
  /// if no thread can be had. `context` is the session's.
  void start_call(std::unique_ptr<Job> job, ListenerContext& context);

  /// Mail goes to `owner` from now on; what is there already is announced in this turn.
  void attach(Owner& owner);
  /// False if take_mail() would give nothing, but for what was put back.
  bool has_mail() const { return announced_; }
  MailBag take_mail();
  /// Puts back what take_mail() gave, before what has come since. It is announced no more.
  void put_back(MailBag kept);
  /// Does what the mail asks for, see deliver(), and puts the rest back. False, and nothing is done, while a worker is
  /// amid an answer: on_answers() follows.
  bool deliver_mail(Session& session, Output& out);
  /// More is known of the peer than when this was made.
  void set_peer(Peer peer);
  /// How many bytes the peer has yet to take.
  void report_unsent(std::size_t bytes);
  /// The conversation has ended: no mail is taken any more, timers and onward connections end.
  void end();

  /// The call that runs on a worker; null if there is none.
  std::shared_ptr<WorkerCall> call{};

 private:
  void announce();
  void tell_writable();

  EventLoop& loop_;
  Executor& workers_;
  const std::uint64_t id_;
  const LocalEnd local_;
  const std::size_t output_limit_;
  const std::shared_ptr<ListenerLog> log_;
  const std::shared_ptr<TimeHistogram> call_times_;
  std::atomic<bool> open_{true};
  std::atomic<std::size_t> posted_{0};  // bytes in the mail
  std::atomic<std::size_t> unsent_{0};  // as last reported
  std::atomic<bool> waits_for_room_{false};
  std::atomic<bool> paused_{false};

  mutable std::mutex mutex_;
  Peer peer_;                          // guarded by mutex_, as is all below
  std::shared_ptr<const void> keeps_;  // outlives the mail
  MailBag mail_;
  std::size_t usual_mail_ = 4;  // as much as came last: moving mail to more memory costs as much as making it
  std::vector<Task> when_writable_;
  std::stop_source stop_{std::nostopstate};  // made when somebody asks
  std::atomic<bool> announced_{false};       // a task of the loop will see to the mail

  // Loop thread.
  Owner* owner_ = nullptr;
};

}  // namespace netkit
