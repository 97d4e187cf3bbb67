#include "host/listener/listener_metrics.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/nearest.h"

namespace netkit {
namespace {

constexpr const char* kNameCharacters = "abcdefghijklmnopqrstuvwxyz0123456789_";

void check_name(const std::string& name) {
  if (name.empty() || name.find_first_not_of(kNameCharacters) != std::string::npos) {
    throw std::invalid_argument("metric: found " + in_quotes(name) +
                                ", expected lower-case letters, digits and underscores");
  }
}

void check_bounds(const std::string& name, const std::vector<double>& bounds) {
  const bool ascend = std::adjacent_find(bounds.begin(), bounds.end(),
                                         [](double one, double next) { return !(one < next); }) == bounds.end();
  if (bounds.empty() || !ascend) {
    throw std::invalid_argument("metric " + in_quotes(name) + ": expected bounds that ascend");
  }
}

/// Puts what a metric says into numbers by name.
class Reading {
 public:
  Reading(const std::string& name, ListenerTotals::Numbers& numbers) : name_(name), numbers_(numbers) {}

  template <class Number>
  void operator()(const std::shared_ptr<std::atomic<Number>>& value) {
    numbers_.emplace_back(name_, value->load(std::memory_order_relaxed));
  }
  void operator()(const std::shared_ptr<Histogram::Data>& data) {
    std::uint64_t count = 0;
    for (const auto& one : data->counts) count += one.load(std::memory_order_relaxed);
    numbers_.emplace_back(name_ + ".count", count);
    numbers_.emplace_back(name_ + ".sum", data->sum.load(std::memory_order_relaxed));
  }

 private:
  const std::string& name_;
  ListenerTotals::Numbers& numbers_;
};

using ReadValue = decltype(MetricReading::value);

ReadValue read(const std::shared_ptr<std::atomic<std::uint64_t>>& value) {
  return value->load(std::memory_order_relaxed);
}
ReadValue read(const std::shared_ptr<std::atomic<std::int64_t>>& value) {
  return value->load(std::memory_order_relaxed);
}
ReadValue read(const std::shared_ptr<Histogram::Data>& data) {
  MetricReading::Ranges ranges{data->bounds, {}, data->sum.load(std::memory_order_relaxed)};
  for (const auto& count : data->counts) ranges.counts.push_back(count.load(std::memory_order_relaxed));
  return ranges;
}

}  // namespace

/// Throws std::invalid_argument if the name is wrong or taken by another kind. The mutex is held.
template <class Kind, class Make>
Kind& ListenerMetrics::find_or_make(const std::string& name, const std::string& help, Make make) {
  check_name(name);
  const auto found = metrics_.find(name);
  if (found == metrics_.end()) return std::get<Kind>(metrics_.emplace(name, Metric{make(), help}).first->second.value);
  Kind* value = std::get_if<Kind>(&found->second.value);
  if (value == nullptr) throw std::invalid_argument("metric " + in_quotes(name) + " is of another kind already");
  return *value;
}

Counter ListenerMetrics::counter(const std::string& name, const std::string& help) {
  const std::lock_guard lock(mutex_);
  return Counter(
      find_or_make<CounterValue>(name, help, [] { return std::make_shared<std::atomic<std::uint64_t>>(0); }));
}

Gauge ListenerMetrics::gauge(const std::string& name, const std::string& help) {
  const std::lock_guard lock(mutex_);
  return Gauge(find_or_make<GaugeValue>(name, help, [] { return std::make_shared<std::atomic<std::int64_t>>(0); }));
}

Histogram ListenerMetrics::histogram(const std::string& name, const std::string& help, std::vector<double> bounds) {
  check_bounds(name, bounds);
  const std::lock_guard lock(mutex_);
  const auto make = [&] { return std::make_shared<Histogram::Data>(bounds); };
  HistogramData& data = find_or_make<HistogramData>(name, help, make);
  if (data->bounds != bounds) data = make();
  return Histogram(data);
}

ListenerTotals::Numbers ListenerMetrics::numbers() const {
  const std::lock_guard lock(mutex_);
  ListenerTotals::Numbers numbers;
  for (const auto& [name, metric] : metrics_) std::visit(Reading(name, numbers), metric.value);
  return numbers;
}

std::vector<MetricReading> ListenerMetrics::readings() const {
  const std::lock_guard lock(mutex_);
  std::vector<MetricReading> readings;
  for (const auto& [name, metric] : metrics_) {
    readings.push_back({name, metric.help, std::visit([](const auto& value) { return read(value); }, metric.value)});
  }
  return readings;
}

}  // namespace netkit
