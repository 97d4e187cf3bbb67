#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "host/listener/listener_totals.h"
#include "netkit/metrics.h"

namespace netkit {

/// What one metric says now.
struct MetricReading {
  struct Ranges {
    std::vector<double> bounds;
    std::vector<std::uint64_t> counts;  ///< One more than bounds.
    double sum;
  };

  std::string name;
  std::string help;
  std::variant<std::uint64_t, std::int64_t, Ranges> value;  ///< Of a counter, a gauge, a histogram.

  const char* kind() const {
    constexpr const char* kKinds[] = {"counter", "gauge", "histogram"};
    return kKinds[value.index()];
  }
};

/// The metrics of one listener's handler and filters. A reload that changes the listener goes on with them.
class ListenerMetrics final : public Metrics {
 public:
  Counter counter(const std::string& name, const std::string& help) override;
  Gauge gauge(const std::string& name, const std::string& help) override;
  Histogram histogram(const std::string& name, const std::string& help, std::vector<double> bounds) override;

  /// Calls that were refused, as too many ran and waited.
  const std::shared_ptr<std::atomic<std::uint64_t>>& refused_calls() const { return refused_calls_; }

  /// Each counter and gauge, and of each histogram NAME.count and NAME.sum, by name.
  ListenerTotals::Numbers numbers() const;
  /// All of them, by name.
  std::vector<MetricReading> readings() const;

 private:
  using CounterValue = std::shared_ptr<std::atomic<std::uint64_t>>;
  using GaugeValue = std::shared_ptr<std::atomic<std::int64_t>>;
  using HistogramData = std::shared_ptr<Histogram::Data>;
  using Value = std::variant<CounterValue, GaugeValue, HistogramData>;
  struct Metric {
    Value value;
    std::string help;
  };

  template <class Kind, class Make>
  Kind& find_or_make(const std::string& name, const std::string& help, Make make);

  const std::shared_ptr<std::atomic<std::uint64_t>> refused_calls_ = std::make_shared<std::atomic<std::uint64_t>>(0);
  mutable std::mutex mutex_;
  std::map<std::string, Metric> metrics_;  // guarded by mutex_
};

}  // namespace netkit
