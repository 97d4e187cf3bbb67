#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "host/loop/loop_owner.h"
#include "netkit/attributes.h"
#include "netkit/upstream.h"

namespace netkit {

class EventLoop;
class UpstreamConnection;

/// What the handles of an onward connection have asked for since it was last taken.
struct UpstreamMail {
  struct Message {
    SharedBody body;
    Attributes attributes;
  };
  std::vector<Message> messages{};
  bool end = false;    ///< Asked for now or earlier.
  bool close = false;  ///< Likewise.
};

/// The far end of all handles of one onward connection: takes what they ask for on any thread and hands it to the
/// connection on its loop. Lives as long as anybody holds a handle, but holds nothing of a plugin once the connection
/// has ended.
class UpstreamHandle final : public UpstreamCore,
                             public LoopOwner::Part,
                             public std::enable_shared_from_this<UpstreamHandle> {
 public:
  /// How many bytes may wait for the other end.
  static constexpr std::size_t kOutputLimit = std::size_t{1} << 20;

  explicit UpstreamHandle(EventLoop& loop) : loop_(loop) {}

  // Any thread.
  bool open() const noexcept override { return open_.load(std::memory_order_acquire); }
  std::size_t waiting() const noexcept override {
    return posted_.load(std::memory_order_relaxed) + unsent_.load(std::memory_order_relaxed);
  }
  bool send(SharedBody body, const Attributes& attributes) override;
  void end() override { finish(end_); }
  void close() override { finish(close_); }
  void pause() override { paused_ = true; }
  void resume() override;
  bool paused() const { return paused_.load(std::memory_order_relaxed); }

  // Loop thread.

  /// Mail goes to `connection` until it detaches itself; what is there already is announced again.
  void attach(UpstreamConnection& connection);
  void detach() { connection_ = nullptr; }
  UpstreamConnection* connection() { return connection_; }
  void owner_ended() override;

  UpstreamMail take_mail();
  void report_unsent(std::size_t bytes) { unsent_.store(bytes, std::memory_order_relaxed); }
  /// True after a send() was refused, as soon as there is room again.
  bool has_room_news() const { return wants_room_ && waiting() < kOutputLimit / 2; }
  /// The same, but once.
  bool take_room_news() { return has_room_news() && wants_room_.exchange(false); }
  /// No mail is taken any more; what was not taken is dropped.
  void shut();

 private:
  void finish(bool& asked);
  void announce();

  EventLoop& loop_;
  std::atomic<bool> open_{true};
  std::atomic<bool> paused_{false};
  std::atomic<bool> wants_room_{false};
  std::atomic<std::size_t> posted_{0};  // bytes in the mail
  std::atomic<std::size_t> unsent_{0};  // as last reported

  std::mutex mutex_;
  std::vector<UpstreamMail::Message> messages_;  // guarded by mutex_, as is all below
  bool end_ = false;
  bool close_ = false;
  bool announced_ = false;  // a task of the loop will see to the mail

  UpstreamConnection* connection_ = nullptr;  // loop thread
};

}  // namespace netkit
