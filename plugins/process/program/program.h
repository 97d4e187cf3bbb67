#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "netkit/framing.h"
#include "netkit/listener.h"
#include "netkit/log.h"
#include "program/error_lines.h"
#include "program/supervision.h"
#include "programs/audit.h"

namespace netkit::process {

/// How a program has ended.
struct ProgramEnd {
  bool orderly = false;  ///< It has exited with status 0.
  bool began = true;     ///< False: it could not be started.
  std::string text;      ///< In words: `has exited with status 1`, `was killed by signal 9`, `cannot be started: ...`
};

/// Takes the line of the log about a program that has ended; its loop, also after abandon(). Of one that runs until its
/// listener ends, whichever thread destroys it.
using Audit = std::function<void(const programs::AuditRecord& record)>;

/// Hears of a program, on its loop.
class ProgramOwner {
 public:
  virtual ~ProgramOwner() = default;
  /// An exception ends the program; its text is in on_bad_output().
  virtual void on_output(const Message& message) = 0;
  /// What it wrote is not as its framing wants it, or on_output() has thrown. It is being killed.
  virtual void on_bad_output(std::string_view why) = 0;
  /// A line of its standard error.
  virtual void on_error_line(LogLevel level, std::string_view line) = 0;
  /// It takes input again, after write() has returned false.
  virtual void on_room() {}
  /// It reads nothing more, though it goes on.
  virtual void on_input_closed() {}
  /// The last call: nothing is left of it, and all its output has been told.
  virtual void on_end(const ProgramEnd& end) = 0;
};

/// One run of a program: its three pipes and its end, all on one loop. Held by shared pointers; its owner outlives it,
/// or calls abandon().
class Program : public std::enable_shared_from_this<Program> {
 public:
  /// `framing`: cuts its output. `name`: for logs.
  struct Plan {
    programs::Command command;
    Framing framing;
    std::string name;
    Audit audit{};
  };

  explicit Program(ProgramOwner& owner) : owner_(&owner) {}
  /// One that still runs goes on to its end without anybody to hear of it: its record says so.
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// Starts it. Throws std::runtime_error, which says why it cannot be started.
  void start(Supervisions& supervisions, const Plan& plan);

  /// Writes to its standard input. False, and nothing is written, if much waits already or it is closed.
  bool write(std::string_view bytes) {
    const bool sent = input_.send(bytes);
    if (sent) given_ += bytes.size();
    return sent;
  }
  /// How many bytes have been written so far, how many of these it has taken, and how many it may still take.
  /// @{
  std::uint64_t given() const { return given_; }
  std::uint64_t taken() const { return given_ - input_.waiting(); }
  std::size_t unread() const { return input_.open() ? input_.waiting() : 0; }
  /// @}
  bool takes_input() const { return input_.open() && !input_ended_; }
  /// Behind what was written it sees the end of its input.
  void end_input();
  void pause_output() { output_.pause(); }
  void resume_output() { output_.resume(); }

  /// Ends its input; after its grace it is terminated, and then killed.
  void end();
  void kill();
  /// The same, as it has taken too long.
  void time_out() {
    timed_out_ = true;
    kill();
  }
  /// Tells its owner nothing more. It ends as by end().
  void abandon();

 private:
  class Output;
  class Input;
  class Errors;

  void on_report(const programs::Report* report);
  void await_end();
  void fail(std::string_view why);
  void on_pipe_closed(bool& open);
  void settle();
  ProgramEnd describe(const programs::Report* report) const;
  void keep_record(const programs::Report* report);
  void write_record();

  ProgramOwner* owner_;
  Supervisions* supervisions_ = nullptr;
  std::shared_ptr<Supervision> supervision_;
  Upstream input_;
  Upstream output_;
  Upstream errors_;
  Timer end_timer_;
  std::string command_name_;
  std::string arguments_;
  std::string directory_;
  Audit audit_;
  LogField how_{"error", "runs on while its listener ends: how it will end is not known"};
  std::chrono::steady_clock::time_point start_{};
  std::uint64_t given_ = 0;
  std::uint64_t written_ = 0;
  bool timed_out_ = false;
  ProgramEnd end_;
  bool output_open_ = false;
  bool errors_open_ = false;
  bool input_ended_ = false;
  bool ended_ = false;
};

}  // namespace netkit::process
