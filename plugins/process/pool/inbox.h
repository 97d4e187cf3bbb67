#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "netkit/buffer.h"
#include "netkit/conversation.h"
#include "netkit/message.h"
#include "netkit/metrics.h"
#include "netkit/reply.h"

namespace netkit::process {

/// What has happened in conversations and is to be told to one worker, from any thread to the worker's loop. A message
/// that comes when `most` wait already, or kMostBytes of bodies, pauses its conversation until the next take().
class Inbox {
 public:
  struct Item {
    enum class Kind : std::uint8_t { message, open, peer_end, close };

    Kind kind = Kind::message;
    std::size_t size = 0;         ///< Of the body.
    Conversation conversation{};  ///< Of an open or a close, and of a message that nobody answers or all is told of.
    Reply reply{};                ///< Empty where no answer is expected.
    Attributes attributes{};
  };
  struct Batch {
    std::vector<Item> items;
    Buffer bodies;  ///< One behind the other.
  };
  enum class Put : std::uint8_t { first, behind, refused };

  static constexpr std::size_t kMostBytes = std::size_t{4} << 20;
  /// How many more may come than are meant to: of conversations that have yet to notice that they are paused.
  static constexpr std::size_t kOverrun = 65'536;

  /// `length` counts what waits, here and in others.
  explicit Inbox(std::size_t most, Gauge length = {}) : most_(most), length_(std::move(length)) {}
  ~Inbox() { take(); }
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  /// `first`: nothing was there, so the worker is to be told. `refused`: so much is there that the conversation cannot
  /// even wait; the item is as it was. Any thread.
  Put put(Item& item, std::string_view body, const Conversation& conversation);

  /// Takes all, and lets conversations go on.
  Batch take();
  /// Keeps the memory of a batch that is done with for the next one, unless it is much.
  void recycle(Batch done);

  std::size_t size() const;

 private:
  static constexpr std::size_t kMostKept = std::size_t{256} << 10;  // bytes

  const std::size_t most_;
  const Gauge length_;
  mutable std::mutex mutex_;
  Batch batch_;                       // guarded by mutex_
  Batch spare_;                       // likewise, and empty
  std::vector<Conversation> paused_;  // likewise
};

}  // namespace netkit::process
