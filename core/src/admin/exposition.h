#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace netkit {

/// Writes metrics in the text format of Prometheus, version 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats). All lines of a metric have to be written together.
class Exposition {
 public:
  using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

  /// Begins a metric. `kind`: counter, gauge or histogram.
  void begin(std::string_view name, std::string_view kind, std::string_view help);
  void value(const Labels& labels, std::uint64_t value) { line({}, labels, std::to_string(value)); }
  void value(const Labels& labels, std::int64_t value) { line({}, labels, std::to_string(value)); }
  void value(const Labels& labels, double value) { line({}, labels, number(value)); }
  /// A histogram: `counts` has one number for each of `bounds` and one for what is over them all.
  void histogram(const Labels& labels, const std::vector<double>& bounds, const std::vector<std::uint64_t>& counts,
                 double sum);

  std::string take() { return std::move(text_); }

 private:
  static std::string number(double value);
  void line(std::string_view suffix, const Labels& labels, const std::string& value);

  std::string name_;
  std::string text_;
};

}  // namespace netkit
