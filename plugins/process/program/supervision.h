#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "netkit/listener.h"
#include "programs/launcher.h"

namespace netkit::process {

/// One supervisor, whose reports are read on a loop. It runs one command at a time. Loop thread only, like all that
/// uses it.
class Supervision {
 public:
  /// Told of the end of a command, once: null if the supervisor has ended, and the command with it.
  using OnReport = std::function<void(const programs::Report* report)>;

  /// Begins a new supervisor. Throws what Launcher::make_supervisor() throws.
  static std::shared_ptr<Supervision> begin(programs::Launcher& launcher, const Listener& services, std::size_t loop);

  explicit Supervision(std::unique_ptr<programs::SupervisorLink> link) : link_(std::move(link)) { link_->leave(); }
  /// A command that still runs has its grace.
  ~Supervision() { reader_.close(); }
  Supervision(const Supervision&) = delete;
  Supervision& operator=(const Supervision&) = delete;

  /// Returns 0 or errno, see SupervisorLink::run().
  int run(std::uint64_t id, const programs::Command& command, const programs::Streams& streams, OnReport on_report);
  void end_command() { link_->end_command(); }
  void kill_command();

  /// True if it can run another command.
  bool ready() const { return link_->ready() && reader_.open(); }

 private:
  class Reader;

  void tell(const programs::Report* report);

  const std::unique_ptr<programs::SupervisorLink> link_;
  Upstream reader_;
  OnReport on_report_;
};

/// The supervisors of one loop that wait for their next command.
class Supervisions {
 public:
  Supervisions(std::shared_ptr<programs::Launcher> launcher, Listener services, std::size_t loop)
      : launcher_(std::move(launcher)), services_(std::move(services)), loop_(loop) {}

  /// Starts a command. Throws std::system_error or std::runtime_error if that cannot be.
  std::shared_ptr<Supervision> run(const programs::Command& command, const programs::Streams& streams,
                                   const Supervision::OnReport& on_report);
  /// Keeps a supervisor whose command has ended for the next one.
  void put_back(std::shared_ptr<Supervision> supervision);

  const Listener& services() const { return services_; }
  std::size_t loop() const { return loop_; }

 private:
  static constexpr std::size_t kMostIdle = 64;

  std::shared_ptr<Supervision> take();

  const std::shared_ptr<programs::Launcher> launcher_;
  const Listener services_;
  const std::size_t loop_;
  std::vector<std::shared_ptr<Supervision>> idle_;
};

}  // namespace netkit::process
