#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "netkit/body_source.h"
#include "netkit/buffer.h"

namespace netkit {

/// Answers on their way to one peer, in order: bytes, with streamed bodies at their places between them.
///
///     bytes      | length+header | length+header+body+length+header |
///     bodies                     ^ file of 5 GiB                    ^ file of 2 KiB
///
/// Written to by an AnswerWriter at the back, taken from by a host at the front. Not thread-safe.
class Output {
 public:
  Buffer& bytes() { return bytes_; }
  std::string_view view() const { return bytes_.view(); }

  /// Puts a body behind the bytes there are. An empty one is dropped.
  void add_body(std::unique_ptr<BodySource> body);

  /// Whoever sends this takes or copies all of it before what the session was given to receive is gone: answers that
  /// are a part of that may stand there.
  void allow_loans() { takes_loans_ = true; }
  bool takes_loans() const { return takes_loans_; }
  /// Puts bytes behind those there are without a copy.
  void add_loan(std::string_view bytes) { bodies_.push_back({consumed_ + bytes_.size(), nullptr, bytes}); }

  /// Marks the end of a message. Hosts of datagrams, which ask for it, find the ends in message_ends().
  void end_message() {
    if (keeps_ends_) ends_.push_back(bytes_.size());
  }
  void keep_message_ends() { keeps_ends_ = true; }
  bool keeps_message_ends() const { return keeps_ends_; }
  /// For each message, where it ends in bytes().view(). Lost by consume().
  const std::vector<std::size_t>& message_ends() const { return ends_; }

  bool empty() const { return bytes_.empty() && bodies_.empty(); }
  /// The memory that waits, in bytes; bodies wait in their sources, and loans where they stand: they do not count.
  std::size_t waiting() const { return bytes_.size(); }
  /// Of both kinds: streamed and on loan.
  std::size_t bodies() const { return bodies_.size(); }

  /// The bytes before the first streamed body, as far as they stand in one piece.
  std::string_view front_bytes() const;
  /// Something comes behind these.
  bool more_behind_front() const {
    return bodies_.size() > (loan_in_front() ? 1U : 0U) || (loan_in_front() && !bytes_.empty());
  }
  /// The body that comes next, if no bytes stand before it; else null.
  BodySource* front_body() const;
  void consume(std::size_t count);
  std::unique_ptr<BodySource> take_body();

  /// Moves all of `other` behind what is here, and leaves it empty with its memory.
  void append(Output& other);

  /// Takes back what was added behind the last whole message: all but `bytes` bytes and `bodies` bodies.
  void roll_back(std::size_t bytes, std::size_t bodies);

  void clear() {
    bytes_.clear();
    consumed_ = 0;
    if (!bodies_.empty() || !ends_.empty()) [[unlikely]]
      drop_marks();
  }
  /// Drops everything and gives the memory back.
  void release();

 private:
  void drop_marks();
  bool loan_in_front() const {
    return !bodies_.empty() && bodies_.front().position == consumed_ && bodies_.front().source == nullptr;
  }

  struct Body {
    std::uint64_t position;  // counted in bytes appended since the last clear()
    std::unique_ptr<BodySource> source;
    std::string_view loan{};  // without a source
  };

  Buffer bytes_;
  std::uint64_t consumed_ = 0;
  std::vector<Body> bodies_;
  std::vector<std::size_t> ends_;
  bool keeps_ends_ = false;
  bool takes_loans_ = false;
};

}  // namespace netkit
