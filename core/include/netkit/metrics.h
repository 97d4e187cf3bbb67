#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace netkit {

/// A number that only grows, e.g. of messages refused. Copies are handles of the same counter. Any thread, one atomic
/// addition.
class Counter {
 public:
  /// A handle of no counter: it counts nothing.
  Counter() = default;
  /// For whoever implements Metrics.
  explicit Counter(std::shared_ptr<std::atomic<std::uint64_t>> value) : value_(std::move(value)) {}
  /// Counts so many more.
  void add(std::uint64_t count = 1) const noexcept {
    if (value_) value_->fetch_add(count, std::memory_order_relaxed);
  }

 private:
  std::shared_ptr<std::atomic<std::uint64_t>> value_;
};

/// A number that goes up and down, e.g. of rooms that are open. As Counter.
class Gauge {
 public:
  /// A handle of no gauge: it shows nothing.
  Gauge() = default;
  /// For whoever implements Metrics.
  explicit Gauge(std::shared_ptr<std::atomic<std::int64_t>> value) : value_(std::move(value)) {}
  /// The number from now on.
  void set(std::int64_t value) const noexcept {
    if (value_) value_->store(value, std::memory_order_relaxed);
  }
  /// Raises the number, or lowers it by a negative difference.
  void add(std::int64_t difference) const noexcept {
    if (value_) value_->fetch_add(difference, std::memory_order_relaxed);
  }

 private:
  std::shared_ptr<std::atomic<std::int64_t>> value_;
};

/// How often values fell into each of some ranges, e.g. seconds of a call. As Counter.
class Histogram {
 public:
  /// Counts of values up to each bound, of those above the last, and their sum.
  struct Data {
    /// The bounds ascend.
    explicit Data(std::vector<double> upper_bounds) : bounds(std::move(upper_bounds)), counts(bounds.size() + 1) {}
    const std::vector<double> bounds;                ///< The largest value of each range but the last.
    std::vector<std::atomic<std::uint64_t>> counts;  ///< Values in each range; one more than there are bounds.
    std::atomic<double> sum{0};                      ///< Of all values.
  };

  /// A handle of no histogram: it keeps nothing.
  Histogram() = default;
  /// For whoever implements Metrics.
  explicit Histogram(std::shared_ptr<Data> data) : data_(std::move(data)) {}
  /// Counts one value.
  void observe(double value) const noexcept {
    if (!data_) return;
    std::size_t range = 0;
    while (range < data_->bounds.size() && value > data_->bounds[range]) ++range;
    data_->counts[range].fetch_add(1, std::memory_order_relaxed);
    data_->sum.fetch_add(value, std::memory_order_relaxed);
  }

 private:
  std::shared_ptr<Data> data_;
};

/// Makes the metrics of one listener's handler. The same name gives the same metric again, also after a reload. Names
/// are lower-case letters, digits and underscores; `help` is one line. Throws std::invalid_argument for another name or
/// one that is taken by another kind. Thread-safe; lives as long as the handler.
class Metrics {
 public:
  virtual ~Metrics() = default;
  /// One metric by its name.
  /// @{
  virtual Counter counter(const std::string& name, const std::string& help) = 0;
  virtual Gauge gauge(const std::string& name, const std::string& help) = 0;
  /// @}
  /// `bounds` ascend. A histogram that had others before a reload begins anew.
  virtual Histogram histogram(const std::string& name, const std::string& help, std::vector<double> bounds) = 0;
};

}  // namespace netkit
