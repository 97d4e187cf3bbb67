#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "netkit/attributes.h"
#include "netkit/log.h"
#include "netkit/peer.h"
#include "netkit/task.h"
#include "netkit/timer.h"

namespace netkit {

class Target;
class Upstream;
class UpstreamHandler;

/// A body that several conversations send: one copy for all.
using SharedBody = std::shared_ptr<const std::string>;

/// What a Conversation holds; implemented by the server and by netkit::testing. Every call may come from any thread.
class ConversationCore {
 public:
  virtual ~ConversationCore() = default;
  /// As Conversation's functions of these names.
  /// @{
  virtual std::uint64_t id() const noexcept = 0;
  virtual bool open() const noexcept = 0;
  virtual Peer peer() const = 0;
  virtual std::size_t loop() const noexcept = 0;
  virtual std::size_t waiting() const noexcept = 0;
  virtual bool send(SharedBody body, const Attributes& attributes) = 0;
  virtual void close() = 0;
  virtual bool run(Task task) = 0;
  virtual Timer after(std::chrono::nanoseconds delay, Task task) = 0;
  virtual void pause() = 0;
  virtual void resume() = 0;
  virtual bool when_writable(Task task) = 0;
  virtual Upstream connect(const Target& target, std::shared_ptr<UpstreamHandler> handler) = 0;
  /// @}
  /// Likewise; do nothing where there is no log.
  /// @{
  virtual void log(LogLevel /*level*/, std::string_view /*text*/) {}
  virtual void event(LogLevel /*level*/, std::string_view /*event*/, std::initializer_list<LogField> /*fields*/) {}
  virtual void fail(std::string_view reason, std::string_view detail) = 0;
  virtual LocalEnd local() const { return {}; }
  /// @}
};

/// A handle of one conversation: the exchange with one peer over one connection, or over one UDP peer's datagrams. It
/// may be copied, kept and used by any thread, also when the conversation is gone: then every call does nothing. What
/// it runs for the conversation never overlaps another call for that conversation.
class Conversation {
 public:
  /// A handle of no conversation, which is not open.
  Conversation() = default;
  /// For whoever implements conversations.
  explicit Conversation(std::shared_ptr<ConversationCore> core) : core_(std::move(core)) {}

  /// False once the conversation has ended, or for a handle of none.
  bool open() const noexcept { return core_ && core_->open(); }
  /// A number that the server never uses twice, below 2^53; 0 for a handle of none.
  std::uint64_t id() const noexcept { return core_ ? core_->id() : 0; }
  /// Who is at the other end; as it was when the conversation has ended.
  Peer peer() const { return core_ ? core_->peer() : Peer{}; }
  /// This end of it.
  LocalEnd local() const { return core_ ? core_->local() : LocalEnd{}; }
  /// The number of the event loop that serves it, from 0: for handlers that keep one object for each loop.
  std::size_t loop() const noexcept { return core_ ? core_->loop() : 0; }

  /// Sends one message that no message asked for. It leaves at once, between two answers. False, and nothing is sent,
  /// if the conversation has ended or limits.output bytes wait for the peer already. A message that the framing cannot
  /// carry ends the conversation with `handler-failed`.
  bool send(std::string_view body, const Attributes& attributes = kNoAttributes) const {
    return core_ && core_->send(std::make_shared<const std::string>(body), attributes);
  }
  /// The same without a copy of the body.
  bool send(SharedBody body, const Attributes& attributes = kNoAttributes) const {
    return core_ && core_->send(std::move(body), attributes);
  }

  /// Ends the conversation once all that was sent before has left. Calls that are open are dropped.
  void close() const {
    if (core_) core_->close();
  }

  /// The same for a reason that its log line and the counters name: one of docs/reliability.md, or `handler-failed` if
  /// there is none of that name. `detail` says more, in one line.
  void fail(std::string_view reason, std::string_view detail) const {
    if (core_) core_->fail(reason, detail);
  }

  /// Runs `task` on the conversation's loop, in the order of the calls, never during another call for this
  /// conversation. It must not wait. False, and the task is destroyed, if the conversation has ended; a task that is
  /// waiting when it ends does not run. An exception ends the conversation.
  bool run(Task task) const { return core_ && core_->run(std::move(task)); }

  /// The same after `delay`.
  Timer after(std::chrono::nanoseconds delay, Task task) const {
    return core_ ? core_->after(delay, std::move(task)) : Timer();
  }

  /// Takes no further message until resume(): the peer is not read, so that TCP holds it back. Calls add up to nothing:
  /// one resume() ends any number of them.
  void pause() const {
    if (core_) core_->pause();
  }
  /// Takes messages again, of those that have come meanwhile first.
  void resume() const {
    if (core_) core_->resume();
  }

  /// How many bytes wait for the peer, about.
  std::size_t waiting() const noexcept { return core_ ? core_->waiting() : 0; }
  /// Runs `task` once, as run() does, as soon as less than half of limits.output waits for the peer. False as run().
  bool when_writable(Task task) const { return core_ && core_->when_writable(std::move(task)); }

  /// Opens an onward connection on the same loop, which ends with the conversation. See upstream.h.
  Upstream connect(const Target& target, std::shared_ptr<UpstreamHandler> handler) const;

  /// A line of the server's log about this conversation: listener, peer and id are put in front. Works when it has
  /// ended, too.
  void log(LogLevel level, std::string_view text) const {
    if (core_) core_->log(level, text);
  }
  /// The same of an event, see Log::event(): JSON logs have `listener`, `peer` and `conversation` as members.
  void event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) const {
    if (core_) core_->event(level, event, fields);
  }

  /// For whoever implements conversations.
  const std::shared_ptr<ConversationCore>& core() const { return core_; }

  /// True for handles of the same conversation, and for two of none.
  friend bool operator==(const Conversation& a, const Conversation& b) { return a.core_ == b.core_; }

 private:
  std::shared_ptr<ConversationCore> core_;
};

}  // namespace netkit
