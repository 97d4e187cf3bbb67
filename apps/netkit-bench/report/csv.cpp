#include "netkit-bench/report/csv.h"

#include <string>
#include <utility>
#include <vector>

#include "netkit-bench/report/units.h"

namespace netkit::bench {
namespace {

/// A field that has a comma or a quote stands in quotes (RFC 4180).
std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

class Row {
 public:
  void add(const std::string& name, const std::string& value) {
    names_ += (names_.empty() ? "" : ",") + name;
    values_ += (values_.empty() ? "" : ",") + quoted(value);
  }
  template <class Number>
  void add(const std::string& name, Number value) {
    add(name, std::to_string(value));
  }
  void print(std::ostream& out) const { out << names_ << '\n' << values_ << '\n'; }

 private:
  std::string names_;
  std::string values_;
};

}  // namespace

void print_csv(const CommandLine& line, const Workload& workload, const Measured& measured, std::ostream& out) {
  const Tally& tally = measured.tally;
  const Usage& usage = measured.usage;
  const double seconds = in_seconds(usage.elapsed);
  const double each = tally.answers > 0 ? 1.0 / static_cast<double>(tally.answers) : 0;
  Row row;
  row.add("server", workload.server_name);
  row.add("transport", std::string(to_string(workload.transport)));
  row.add("connections", line.load.connections);
  row.add("in_flight", line.load.in_flight);
  row.add("seconds", seconds);
  row.add("messages", tally.answers);
  row.add("rate", seconds > 0 ? static_cast<double>(tally.answers) / seconds : 0.0);
  row.add("target_rate", line.load.rate ? std::to_string(*line.load.rate) : std::string());
  row.add("bytes", tally.bytes);
  row.add("failed", tally.failed);
  for (std::size_t i = 0; i < kErrorKinds; ++i) {
    row.add(std::string("errors_") + to_string(static_cast<ErrorKind>(i)), tally.errors.counts[i]);
  }
  for (const auto& [name, fraction] : kQuantiles) {
    row.add(std::string(name) + "_us", in_microseconds(tally.latency.quantile(fraction)));
  }
  row.add("max_us", in_microseconds(tally.latency.most()));
  row.add("load_cpu_ns", static_cast<double>(usage.own_cpu.all.count()) * each);
  if (usage.server_cpu) row.add("server_cpu_ns", static_cast<double>(usage.server_cpu->all.count()) * each);
  row.print(out);
  if (!line.histogram) return;
  out << "\nto_us,count\n";
  for (const Latency::Bucket& bucket : tally.latency.buckets()) {
    out << in_microseconds(bucket.upper) << ',' << bucket.count << '\n';
  }
}

}  // namespace netkit::bench
