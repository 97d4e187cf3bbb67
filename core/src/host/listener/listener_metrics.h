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

/// The metrics of one listener's handler and filters. A reload that changes the listener goes on with them.
class ListenerMetrics final : public Metrics {
 public:
  Counter counter(const std::string& name, const std::string& help) override;
  Gauge gauge(const std::string& name, const std::string& help) override;
  Histogram histogram(const std::string& name, const std::string& help, std::vector<double> bounds) override;

  /// Each counter and gauge, and of each histogram NAME.count and NAME.sum, by name.
  ListenerTotals::Numbers numbers() const;

 private:
  using CounterValue = std::shared_ptr<std::atomic<std::uint64_t>>;
  using GaugeValue = std::shared_ptr<std::atomic<std::int64_t>>;
  using HistogramData = std::shared_ptr<Histogram::Data>;
  using Metric = std::variant<CounterValue, GaugeValue, HistogramData>;

  template <class Value, class Make>
  Value& find_or_make(const std::string& name, Make make);

  mutable std::mutex mutex_;
  std::map<std::string, Metric> metrics_;  // guarded by mutex_
};

}  // namespace netkit
