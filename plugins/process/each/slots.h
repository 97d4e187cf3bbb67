#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "netkit/conversation.h"
#include "netkit/listener.h"
#include "netkit/metrics.h"
#include "pool/inbox.h"

namespace netkit::process {

/// How many programs of a listener run at once, and who waits for one of them to end. A program that ends makes room
/// for one of the source that has the fewest, in turn, so that none keeps others waiting for all that it has asked for.
/// Any thread.
class Slots {
 public:
  enum class Entry : std::uint8_t { free, waits, refused };
  /// A place among those who wait.
  using Ticket = std::uint64_t;

  /// `length` counts those who wait, here and elsewhere.
  Slots(Listener services, std::size_t most, std::size_t most_waiting, Gauge length = {})
      : services_(std::move(services)), length_(std::move(length)), free_(most), most_waiting_(most_waiting) {}
  ~Slots() { length_.add(-static_cast<std::int64_t>(waiting_.size())); }
  Slots(const Slots&) = delete;
  Slots& operator=(const Slots&) = delete;

  /// `free`: the caller, on behalf of `source`, has a slot. `waits`: `on_free` runs on that loop once it has, unless
  /// `ticket` is withdrawn.
  Entry enter(const std::string& source, std::size_t loop, Task on_free, Ticket& ticket);
  /// The same for a message of a conversation. Where the most that may wait do, in number or in bytes, that is paused
  /// until half of them are gone; refused is only what comes all the same, such as datagrams of many peers.
  Entry enter(const std::string& source, const Conversation& conversation, std::size_t size, Task on_free,
              Ticket& ticket);
  /// Gives up waiting. False if there is no such place any more: `on_free` has its turn.
  bool withdraw(Ticket ticket);
  /// Gives back a slot of `source`.
  void leave(const std::string& source);

 private:
  struct Source {
    std::uint64_t turn = 0;  // its last one, or the last there was when it came
    std::size_t running = 0;
    std::set<Ticket> waiting{};
  };
  /// Those that have a program or wait for one.
  using Sources = std::map<std::string, Source>;
  struct Waiting {
    Sources::iterator source{};
    std::size_t loop = 0;
    Task on_free;
    std::size_t size = 0;            // of the message
    std::uint64_t conversation = 0;  // of the message
  };
  using Paused = std::unordered_map<std::uint64_t, Conversation>;

  static constexpr std::size_t kMostBytes = Inbox::kMostBytes;

  Entry add(const std::string& source, Waiting waiting, Ticket& ticket);
  std::map<Ticket, Waiting>::iterator next();
  void begin(Source& source);
  void forget(Sources::iterator source);
  Waiting take_out(std::map<Ticket, Waiting>::iterator place);
  Paused take_paused();

  const Listener services_;
  const Gauge length_;
  std::mutex mutex_;
  std::size_t free_;  // guarded by mutex_
  const std::size_t most_waiting_;
  Sources sources_;                    // guarded by mutex_
  std::uint64_t turns_ = 0;            // likewise; of all of them
  Ticket last_ = 0;                    // likewise
  std::map<Ticket, Waiting> waiting_;  // likewise
  std::size_t bytes_ = 0;              // likewise; of all that wait
  Paused paused_;                      // likewise
};

}  // namespace netkit::process
