#pragma once

#include "netkit-bench/command_line.h"
#include "netkit-bench/measurement/tally.h"

namespace netkit::bench {

/// Shows on a terminal how far a run is; does nothing elsewhere.
class Progress {
 public:
  /// `descriptor`: usually standard error.
  Progress(int descriptor, const LoadOptions& load);
  /// Clears the line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// The measurement begins, and the counters from 0.
  void start(Time now);

  /// Redraws a few times a second.
  void show(Time now, const Tally& tally);

 private:
  const int descriptor_;
  const LoadOptions load_;
  const bool shown_;
  Time begin_;
  Time drawn_;
  bool measuring_ = false;
};

}  // namespace netkit::bench
