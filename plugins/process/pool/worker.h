#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "netkit/listener.h"
#include "netkit/metrics.h"
#include "pool/back_off.h"
#include "pool/inbox.h"
#include "pool/run.h"
#include "program/supervision.h"
#include "settings.h"

namespace netkit::process {

/// What the workers of a listener share.
struct PoolContext {
  const Settings& settings;
  const HandlerContext& handler;
  Counter started;
  Counter failed;
  Counter lost;
  Gauge queue_length;
};

/// One of a listener's programs: keeps it running on one loop, hands it what has happened, and sees to its end. Its
/// inbox may be used from any thread, all else on its loop.
class Worker final : private RunOwner {
 public:
  Worker(const PoolContext& pool, Supervisions& supervisions, std::size_t number);
  ~Worker() override;

  /// Starts the program. Loop thread.
  void start();
  /// Hands over what has happened in a conversation. Any thread.
  void put(Inbox::Item item, std::string_view body, const Conversation& conversation);
  std::size_t loop() const { return supervisions_.loop(); }

 private:
  using Clock = std::chrono::steady_clock;

  void on_room(Run& run) override;
  void on_retired(Run& run) override;
  void on_ended(Run& run, const ProgramEnd& end) override;
  Audit audit() const override;
  void log(LogLevel level, std::string_view event, std::string_view what) const override;

  std::chrono::milliseconds pause_after(const Run& run);
  void rest(std::chrono::nanoseconds pause);
  void take();
  void take(Inbox::Batch batch);
  void take_one(Inbox::Item& item, std::string_view body, Clock::time_point now);
  std::shared_ptr<Run> run_of(const Inbox::Item& item);
  void write_all();
  void retire();
  bool accepts() const;
  void refuse_waiting(Clock::time_point now);
  void lose(std::uint64_t messages, const std::string& why);

  void watch();
  void look();
  Clock::time_point check(Clock::time_point now);

  const PoolContext& pool_;
  Supervisions& supervisions_;
  const std::string name_;
  Inbox inbox_;
  std::shared_ptr<Run> current_;                                    // null while there is none
  std::vector<std::shared_ptr<Run>> retiring_;                      // answer what they were asked, and end
  std::unordered_map<std::uint64_t, std::weak_ptr<Run>> sessions_;  // of the rich form
  BackOff back_off_;
  Timer restart_;
  bool resting_ = false;
  Timer watch_;
  bool watching_ = false;
  Clock::time_point waits_since_{};  // that something is in the inbox and nobody takes it
};

}  // namespace netkit::process
