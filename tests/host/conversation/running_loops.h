#pragma once

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "host/conversation/listener_services.h"
#include "host/loop/event_loop.h"
#include "host/worker/worker_pool.h"

namespace netkit::testing {

/// Keeps the lines that are logged. Thread-safe.
class LineLog final : public Log {
 public:
  void write(LogLevel /*level*/, std::string_view text) override {
    const std::lock_guard lock(mutex_);
    lines_.emplace_back(text);
  }
  void event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) override {
    for (const LogField& field : fields) {
      if (field.name == "text") event = std::get<std::string_view>(field.value);
    }
    write(level, event);
  }
  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

/// Event loops whose threads run.
class RunningLoops {
 public:
  explicit RunningLoops(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      loops_.push_back(std::make_unique<EventLoop>(std::chrono::nanoseconds(0), *log, i));
      loops_.back()->start();
    }
  }

  std::vector<EventLoop*> all() const {
    std::vector<EventLoop*> pointers;
    for (const auto& loop : loops_) pointers.push_back(loop.get());
    return pointers;
  }
  EventLoop& operator[](std::size_t index) { return *loops_[index]; }

  WorkerPool workers{1};

  /// Runs `act` on the loop and waits for it.
  template <class Act>
  void on(std::size_t index, Act act) {
    std::promise<void> done;
    loops_[index]->post([&] {
      act();
      done.set_value();
    });
    done.get_future().wait();
  }
  /// Waits until each loop has done what it was given, and what that has posted on its own loop.
  void settle() {
    for (int round = 0; round < 3; ++round) {
      for (std::size_t i = 0; i < loops_.size(); ++i) on(i, [] {});
    }
  }
  void stop() {
    for (const auto& loop : loops_) loop->stop();
  }
  void destroy() { loops_.clear(); }

  const std::shared_ptr<LineLog> log = std::make_shared<LineLog>();

 private:
  std::vector<std::unique_ptr<EventLoop>> loops_;
};

/// Waits for `condition`, which another thread makes true. False if it does not come in a minute.
inline bool comes_true(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace netkit::testing
