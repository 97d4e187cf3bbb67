#pragma once

#include <cstddef>
#include <utility>

#include "host/datagram/datagram_batch.h"
#include "host/datagram/datagram_guard.h"
#include "host/listener/listener_context.h"
#include "host/loop/event_loop.h"
#include "netkit/task.h"
#include "session/output.h"

namespace netkit {

/// Sends the answers of one datagram socket in batches, none over its budget. Loop thread; lives on the loop until
/// pending() is false.
class DatagramSender {
 public:
  /// `failed` is told of each datagram that the kernel did not take; `idle` when pending() has become false.
  DatagramSender(EventLoop& loop, int fd, DatagramWriter::Failed failed, Task idle)
      : loop_(loop), fd_(fd), failed_(std::move(failed)), idle_(std::move(idle)) {
    scratch_.keep_message_ends();
  }

  /// Gathers one datagram for each message of `answers`. What is over `budget` is dropped and counted on `context`.
  /// Returns the number of bytes gathered.
  std::size_t add(const Output& answers, const DatagramRoute& route, AnswerBudget& budget, ListenerContext& context);

  /// Sends what was gathered.
  void flush() { writer_.flush(fd_, failed_); }
  /// The same at the end of this turn or in the next, together with what others add until then.
  void flush_soon();
  /// True between flush_soon() and the end of what it does.
  bool pending() const { return pending_; }

  /// Room for the answers of one step, which marks the ends of messages. Whoever uses it leaves it empty.
  Output& scratch() { return scratch_; }

 private:
  EventLoop& loop_;
  const int fd_;
  const DatagramWriter::Failed failed_;
  Task idle_;
  DatagramWriter writer_;
  Output scratch_;
  bool pending_ = false;
};

}  // namespace netkit
