#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "netkit/conversation.h"

namespace file_send {

/// The line of the log about a file that was sent, from the moment that it was found.
class SendRecord {
 public:
  /// Of a file that need not be told of.
  SendRecord() = default;
  SendRecord(netkit::Conversation conversation, std::string file)
      : conversation_(std::move(conversation)), file_(std::move(file)) {}

  /// `size`: the bytes of the answer's body; `sent`: how many of them have left.
  void write(std::uint64_t offset, std::uint64_t size, std::uint64_t sent) const;

 private:
  using Clock = std::chrono::steady_clock;

  netkit::Conversation conversation_;
  std::string file_;
  Clock::time_point start_ = Clock::now();
};

}  // namespace file_send
