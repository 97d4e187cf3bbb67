#pragma once

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "netkit/conversation.h"
#include "netkit/upstream.h"

namespace netkit::testing {

/// Keeps what is done to a conversation. Tasks wait until run_tasks(); timers until run_timers(). Not thread-safe.
class RecordingConversation final : public ConversationCore {
 public:
  explicit RecordingConversation(Peer peer) : peer_(std::move(peer)) {}

  std::uint64_t id() const noexcept override { return 1; }
  bool open() const noexcept override { return is_open; }
  Peer peer() const override { return peer_; }
  std::size_t loop() const noexcept override { return 0; }
  std::size_t waiting() const noexcept override { return waiting_bytes; }
  bool send(SharedBody body, const Attributes& attributes) override {
    if (is_open) sent.emplace_back(*body, attributes);
    return is_open;
  }
  void close() override { is_open = false; }
  void fail(std::string_view reason, std::string_view /*detail*/) override {
    failure = reason;
    is_open = false;
  }
  bool run(Task task) override {
    if (is_open) tasks_.push_back(std::move(task));
    return is_open;
  }
  Timer after(std::chrono::nanoseconds /*delay*/, Task task) override {
    const auto timer = std::make_shared<PendingTimer>(std::move(task));
    timers_.push_back(timer);
    return Timer(timer);
  }
  void pause() override { paused = true; }
  void resume() override { paused = false; }
  bool when_writable(Task task) override { return run(std::move(task)); }
  Upstream connect(const Target& /*target*/, std::shared_ptr<UpstreamHandler> /*handler*/) override {
    throw std::logic_error("there is nothing to connect to here");
  }

  /// Runs what waits, and what that adds.
  void run_tasks() {
    for (std::size_t i = 0; i < tasks_.size(); ++i) std::exchange(tasks_[i], Task())();
    tasks_.clear();
  }
  /// Lets the time of every timer come that was not cancelled.
  void run_timers() {
    for (const auto& timer : std::exchange(timers_, {})) timer->run();
  }

  bool is_open = true;
  std::string failure;  // the reason given to fail()
  bool paused = false;
  std::size_t waiting_bytes = 0;
  std::vector<std::pair<std::string, Attributes>> sent;

 private:
  class PendingTimer final : public TimerCore {
   public:
    explicit PendingTimer(Task task) : task_(std::move(task)) {}
    void cancel() noexcept override { task_ = Task(); }
    void run() {
      if (Task task = std::move(task_)) task();
    }

   private:
    Task task_;
  };

  Peer peer_;
  std::vector<Task> tasks_;
  std::vector<std::shared_ptr<PendingTimer>> timers_;
};

}  // namespace netkit::testing
