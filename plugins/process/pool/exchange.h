#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "netkit/message.h"
#include "pool/inbox.h"
#include "program/message_encoder.h"

namespace netkit::process {

/// A program has answered against the rules; the text says how, about `it`.
class BadAnswer : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What one run of a program has been asked and has yet to answer. Loop thread only.
class Exchange {
 public:
  virtual ~Exchange() = default;

  /// Frames what has happened, if the program is to be told. Throws std::length_error if the framing cannot carry it.
  virtual void ask(Inbox::Item& item, std::string_view body, Buffer& out) = 0;
  /// Passes on what the program has answered. Throws BadAnswer.
  virtual void on_output(const Message& message) = 0;
  /// The program has ended: sees to all whom it owes something.
  virtual void fail(std::string_view why) = 0;

  /// How many messages are not answered.
  virtual std::size_t waiting() const = 0;
  /// How many conversations it serves that cannot go on with another run.
  virtual std::size_t sessions() const { return 0; }
  /// How many messages it has answered.
  std::uint64_t answered() const { return answered_; }

 protected:
  std::uint64_t answered_ = 0;
};

/// The beginning of what a program has written, for a log line.
std::string excerpt(std::string_view text);

}  // namespace netkit::process
