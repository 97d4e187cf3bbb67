#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "netkit/buffer.h"
#include "pool/exchange.h"
#include "program/patience.h"
#include "program/program.h"
#include "settings.h"

namespace netkit::process {

class Run;

/// Hears of a run.
class RunOwner {
 public:
  virtual ~RunOwner() = default;
  /// It takes input again.
  virtual void on_room(Run& run) = 0;
  /// It takes no more input, though it has not ended.
  virtual void on_retired(Run& run) = 0;
  /// The last call.
  virtual void on_ended(Run& run, const ProgramEnd& end) = 0;
  /// Of its program.
  virtual Audit audit() const = 0;
  virtual void log(LogLevel level, std::string_view event, std::string_view what) const = 0;
};

/// One run of a worker's program, and what that has been asked. Loop thread only.
class Run final : public std::enable_shared_from_this<Run>, private ProgramOwner {
 public:
  using Clock = Patience::Clock;

  Run(RunOwner& owner, const Settings& settings);
  ~Run() override;

  /// Starts the program. Throws std::runtime_error.
  void start(Supervisions& supervisions, const std::string& name);

  /// Frames what has happened; it is sent by write(). Throws std::length_error.
  void ask(Inbox::Item& item, std::string_view body, Clock::time_point now);
  /// Sends what was framed, all in one write.
  void write();
  /// False while what was written waits for the program.
  bool accepts() const { return framed_.empty() && program_->takes_input(); }

  /// It gets nothing more, and ends once it has answered all.
  void retire();
  /// Kills it if it has not moved for too long. Returns when to look again.
  Clock::time_point check(Clock::time_point now);

  Exchange& exchange() { return *exchange_; }
  std::uint64_t asked() const { return asked_; }
  Clock::time_point last_asked() const { return last_asked_; }
  /// How many messages that nobody waits for an answer to it has not taken; known in on_ended().
  std::uint64_t lost() const { return lost_; }
  /// True if the program has been worth its start: it has answered a message, or, where none is answered, has taken
  /// messages and lived for longer than the timeout.
  bool was_of_use() const;
  bool owes() const { return exchange_->waiting() > 0 || !framed_.empty() || program_->unread() > 0; }

 private:
  void on_output(const Message& message) override;
  void on_bad_output(std::string_view why) override;
  void on_error_line(LogLevel level, std::string_view line) override;
  void on_room() override;
  void on_input_closed() override;
  void on_end(const ProgramEnd& end) override;
  void end_if_done();
  void forget_taken();

  RunOwner& owner_;
  const Settings& settings_;
  const std::unique_ptr<Exchange> exchange_;
  const std::shared_ptr<Program> program_;
  Buffer framed_;
  std::string failure_;  // why it was killed
  const Clock::time_point start_ = Clock::now();
  std::uint64_t asked_ = 0;
  std::deque<std::uint64_t> untaken_;  // where those messages end in all that it is given
  std::uint64_t lost_ = 0;
  Patience patience_;
  Clock::time_point last_asked_{};
  bool retiring_ = false;
};

}  // namespace netkit::process
