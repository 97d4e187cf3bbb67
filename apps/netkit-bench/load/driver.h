#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <unordered_set>
#include <vector>

#include "netkit-bench/command_line.h"
#include "netkit-bench/load/lane.h"
#include "netkit-bench/load/pacer.h"
#include "netkit-bench/load/poller.h"
#include "netkit-bench/measurement/meter.h"
#include "netkit-bench/measurement/tally.h"
#include "netkit-bench/report/progress.h"

namespace netkit::bench {

/// The result of a run.
struct Measured {
  Tally tally;
  Usage usage;
  bool interrupted = false;  ///< By SIGINT, before its time.
};

/// Runs one load: a set of lanes and their event loop, all in the calling thread.
class Driver {
 public:
  /// `workload` must outlive the driver. `server`: the process whose CPU time is measured, if any.
  Driver(const Workload& workload, const LoadOptions& load, const std::optional<ProcessView>& server);

  /// Connects all lanes, unless each message has its own connection.
  void open();

  /// Sends the load as the options say and waits for the missing answers. Call once, after open(). Wrong and missing
  /// answers are counted; a run of so many messages ends early when none is answered any more.
  Measured run(Progress* progress = nullptr);

 private:
  void begin();
  void serve_until(Time end);
  void turn(Duration longest, bool refills);
  void send_due(Time now);
  void hand_out();
  void release(Lane& lane);
  void refill(Lane& lane, std::size_t answers, Time now);
  void look_around(Time now);
  void finish();
  bool done() const;
  std::size_t unanswered() const;

  const LoadOptions load_;
  Poller poller_;
  Tally tally_;
  Meter meter_;
  std::vector<char> buffer_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::optional<Pacer> pacer_;
  bool behind_ = false;    // more messages are due than have been sent
  std::uint64_t to_send_;  // messages left to send
  Time next_look_;         // when to look for lost datagrams and for silence
  Time last_answer_;
  Progress* progress_ = nullptr;
  // With a rate and a connection for each message:
  std::deque<Time> waiting_;  // when messages were due that wait for a free lane
  std::vector<Lane*> free_;
  std::unordered_set<Lane*> busy_;
};

}  // namespace netkit::bench
