#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "netkit-bench/command_line.h"
#include "netkit-bench/load/lane.h"
#include "netkit-bench/load/pacer.h"
#include "netkit-bench/load/poller.h"
#include "netkit-bench/measurement/meter.h"
#include "netkit-bench/measurement/tally.h"

namespace netkit::bench {

/// The result of a run.
struct Measured {
  Tally tally;
  Usage usage;
};

/// Runs one load: a set of lanes and their event loop, all in the calling thread.
class Driver {
 public:
  /// `workload` must outlive the driver. `server`: the process whose CPU time is measured, if any.
  Driver(const Workload& workload, const LoadOptions& load, const std::optional<ProcessView>& server);

  /// Connects all lanes, unless each message has its own connection.
  void open();

  /// Sends the load as the options say and waits for the missing answers. Call once, after open(). Throws RunError for
  /// a wrong or missing answer.
  Measured run();

 private:
  void begin();
  void serve_until(Time end);
  void turn(Duration longest, bool refills);
  void refill(Lane& lane, std::size_t answers, Time now);
  void look_around(Time now);
  void finish();
  bool done() const { return load_.messages && tally_.answers >= *load_.messages; }
  std::size_t unanswered() const;

  const LoadOptions load_;
  Poller poller_;
  Tally tally_;
  Meter meter_;
  std::vector<char> buffer_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::optional<Pacer> pacer_;
  std::uint64_t to_send_;  // messages left to send
  Time next_look_;         // when to look for lost datagrams and for silence
  Time last_answer_;
};

}  // namespace netkit::bench
