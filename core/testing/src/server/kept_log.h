#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "netkit/log.h"
#include "netkit/metrics.h"

namespace netkit::testing {

/// Keeps its lines, as a text log has them. Thread-safe.
class KeptLog final : public Log {
 public:
  void write(LogLevel level, std::string_view text) override;
  void event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) override;
  std::vector<std::string> lines() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

/// Keeps its metrics. Thread-safe.
class KeptMetrics final : public Metrics {
 public:
  Counter counter(const std::string& name, const std::string& help) override;
  Gauge gauge(const std::string& name, const std::string& help) override;
  Histogram histogram(const std::string& name, const std::string& help, std::vector<double> bounds) override;
  /// Of a counter or gauge; 0 if there is none.
  std::int64_t value(const std::string& name) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<std::atomic<std::uint64_t>>> counters_;
  std::map<std::string, std::shared_ptr<std::atomic<std::int64_t>>> gauges_;
  std::map<std::string, std::shared_ptr<Histogram::Data>> histograms_;
};

}  // namespace netkit::testing
