#pragma once

#include <unistd.h>

#include <optional>

#include "netkit-bench/measurement/process_view.h"

namespace netkit::bench {

/// The cost of a span of time.
struct Usage {
  Duration elapsed{0};
  ProcessView::Cpu own_cpu{};
  std::optional<ProcessView::Cpu> server_cpu{};
};

/// Reads the clocks at the begin and end of the measurement.
class Meter {
 public:
  explicit Meter(const std::optional<ProcessView>& server) : server_(server), own_(::getpid()) {}

  void start() { begin_ = now(); }
  Usage since_start() const;

 private:
  struct Reading {
    Time time;
    ProcessView::Cpu own_cpu{};
    ProcessView::Cpu server_cpu{};
  };
  Reading now() const;

  std::optional<ProcessView> server_;
  ProcessView own_;
  Reading begin_{};
};

}  // namespace netkit::bench
