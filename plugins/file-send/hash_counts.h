#pragma once

#include "netkit/metrics.h"
#include "netkit/plugin.h"

namespace file_send {

/// What a listener counts of hashes.
struct HashCounts {
  HashCounts() = default;
  explicit HashCounts(netkit::Metrics& metrics)
      : begun(metrics.counter("hashes", "hashes that were begun to be computed")),
        bytes(metrics.counter("hash_bytes", "bytes of the files of these")),
        known(metrics.counter("hashes_known", "answers whose hash was known already")),
        failed(metrics.counter("hashes_failed", "answers that failed for want of a hash")),
        waiting(metrics.gauge("hashes_waiting", "answers that wait for a hash")) {}

  netkit::Counter begun{};
  netkit::Counter bytes{};
  netkit::Counter known{};
  netkit::Counter failed{};
  netkit::Gauge waiting{};
};

}  // namespace file_send
