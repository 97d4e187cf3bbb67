#include "netkit-bench/report/report.h"

#include <array>
#include <cinttypes>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <utility>

#include "netkit-bench/report/csv.h"
#include "netkit-bench/report/histogram.h"
#include "netkit-bench/report/units.h"

namespace netkit::bench {
namespace {

using Json = nlohmann::ordered_json;

template <class... Arguments>
std::string format(const char* pattern, Arguments... arguments) {
  std::array<char, 256> text{};
  std::snprintf(text.data(), text.size(), pattern, arguments...);
  return text.data();
}

/// 0 if `count` is 0, because JSON has no NaN.
double per(double amount, double count) { return count > 0 ? amount / count : 0; }

double each(Duration cpu, const Tally& tally) {
  return per(static_cast<double>(cpu.count()), static_cast<double>(tally.answers));
}

Duration in_nanoseconds(double count) { return Duration(static_cast<Duration::rep>(count)); }

std::string cpu_text(const ProcessView::Cpu& cpu, const Tally& tally) {
  return time_text(in_nanoseconds(each(cpu.all, tally))) + " a message, " +
         time_text(in_nanoseconds(each(cpu.user, tally))) + " of them outside the kernel";
}

double per_connection(const IdleMeasured& measured, const ProcessView::Memory& memory) {
  const double grown = static_cast<double>(memory.resident) - static_cast<double>(measured.before.resident);
  return grown / static_cast<double>(measured.connections);
}

Json latency_json(const Latency& latency) {
  Json json;
  for (const auto& [name, fraction] : kQuantiles) json[name] = in_microseconds(latency.quantile(fraction));
  json["max"] = in_microseconds(latency.most());
  return json;
}

Json errors_json(const Errors& errors) {
  Json json;
  for (std::size_t i = 0; i < kErrorKinds; ++i) json[to_string(static_cast<ErrorKind>(i))] = errors.counts[i];
  if (!errors.first.empty()) json["first"] = errors.first;
  return json;
}

Json histogram_json(const Latency& latency) {
  Json json = Json::array();
  for (const Latency::Bucket& bucket : latency.buckets()) {
    json.push_back({{"to_us", in_microseconds(bucket.upper)}, {"count", bucket.count}});
  }
  return json;
}

Json to_json(const CommandLine& line, const Workload& workload, const Measured& measured) {
  const Tally& tally = measured.tally;
  const Usage& usage = measured.usage;
  const double seconds = in_seconds(usage.elapsed);
  Json json{{"server_address", workload.server_name},
            {"transport", to_string(workload.transport)},
            {"connections", line.load.connections},
            {"in_flight", line.load.in_flight},
            {"seconds", seconds},
            {"messages", tally.answers},
            {"rate", per(static_cast<double>(tally.answers), seconds)},
            {"bytes", tally.bytes},
            {"lost", tally.lost},
            {"late", tally.late},
            {"failed", tally.failed},
            {"errors", errors_json(tally.errors)},
            {"interrupted", measured.interrupted},
            {"verified", workload.answers.has_value()},
            {"latency_us", latency_json(tally.latency)},
            {"load",
             {{"cpu_ns_per_message", each(usage.own_cpu.all, tally)},
              {"user_ns_per_message", each(usage.own_cpu.user, tally)}}}};
  if (line.load.rate) json["target_rate"] = *line.load.rate;
  if (line.histogram) json["histogram"] = histogram_json(tally.latency);
  if (usage.server_cpu) {
    const ProcessView::Memory memory = ProcessView(*line.server_pid).memory();
    json["server"] = {{"cpu_ns_per_message", each(usage.server_cpu->all, tally)},
                      {"user_ns_per_message", each(usage.server_cpu->user, tally)},
                      {"cpu_share", per(in_seconds(usage.server_cpu->all), seconds)},
                      {"resident", memory.resident},
                      {"highest", memory.highest}};
  }
  return json;
}

/// 1 message, 2 messages
std::string counted(std::uint64_t count, const std::string& one, const char* behind = "") {
  return count_text(static_cast<double>(count)) + " " + one + (count == 1 ? "" : "s") + behind;
}

std::string errors_text(const Tally& tally) {
  struct Name {
    const char* one;
    const char* behind = "";
  };
  static constexpr std::array<Name, kErrorKinds> kNames{{{"wrong answer"},
                                                         {"connection", " silent"},
                                                         {"connection", " closed"},
                                                         {"connection", " broken"},
                                                         {"connection", " refused"}}};
  std::string text;
  for (std::size_t i = 0; i < kErrorKinds; ++i) {
    const std::uint64_t count = tally.errors.counts[i];
    if (count > 0) text += (text.empty() ? "" : ", ") + counted(count, kNames[i].one, kNames[i].behind);
  }
  return text + "; " + counted(tally.failed, "message", " failed");
}

void print_row(std::ostream& out, const char* name, const std::string& text) {
  out << format("%-10s", name) << text << '\n';
}

void print_table(const CommandLine& line, const Workload& workload, const Measured& measured, std::ostream& out) {
  const Tally& tally = measured.tally;
  const Usage& usage = measured.usage;
  const double seconds = in_seconds(usage.elapsed);
  const auto answers = static_cast<double>(tally.answers);
  print_row(out, "load",
            counted(line.load.connections, "connection") +
                format(" x %zu in flight, %s, %.2f s", line.load.in_flight, to_string(workload.transport), seconds));
  print_row(out, "messages",
            count_text(answers) + ", " + count_text(per(answers, seconds)) + "/s, " +
                bytes_text(per(static_cast<double>(tally.bytes), seconds)) + "/s of answers" +
                (workload.answers ? ", each compared" : ""));
  if (line.load.rate) {
    print_row(out, "rate",
              count_text(*line.load.rate) + "/s asked for, " + count_text(per(answers, seconds)) + "/s reached");
  }
  std::string latency;
  for (const auto& [name, fraction] : kQuantiles) {
    latency += std::string(name) + " " + time_text(tally.latency.quantile(fraction)) + "  ";
  }
  if (tally.answers > 0) print_row(out, "latency", latency + "max " + time_text(tally.latency.most()));
  if (tally.errors.total() > 0) print_row(out, "errors", errors_text(tally));
  if (workload.transport == Transport::udp) {
    print_row(out, "lost", format("%" PRIu64 " (sent again), %" PRIu64 " late", tally.lost, tally.late));
  }
  if (tally.answers == 0) return;
  print_row(out, "load CPU", cpu_text(usage.own_cpu, tally));
  if (!usage.server_cpu) return;
  const ProcessView::Memory memory = ProcessView(*line.server_pid).memory();
  print_row(out, "server",
            cpu_text(*usage.server_cpu, tally) +
                format("; %.0f %% of a core; ", 100 * per(in_seconds(usage.server_cpu->all), seconds)) + "memory " +
                bytes_text(static_cast<double>(memory.resident)) + ", at most " +
                bytes_text(static_cast<double>(memory.highest)));
}

}  // namespace

void print(const CommandLine& line, const Workload& workload, const Measured& measured, std::ostream& out) {
  if (line.json) {
    out << to_json(line, workload, measured) << '\n';
  } else if (line.csv) {
    print_csv(line, workload, measured, out);
  } else {
    print_table(line, workload, measured, out);
    if (line.histogram) print_histogram(measured.tally.latency, out);
  }
}

std::string shortfall(const CommandLine& line, const Measured& measured) {
  constexpr double kNearEnough = 0.95;
  if (!line.load.rate || measured.interrupted) return {};
  const double reached = per(static_cast<double>(measured.tally.answers), in_seconds(measured.usage.elapsed));
  if (reached >= kNearEnough * *line.load.rate) return {};
  return "of " + count_text(*line.load.rate) + "/s only " + count_text(reached) +
         "/s were reached: latencies count from when each message was due";
}

void print(const CommandLine& line, const IdleMeasured& measured, std::ostream& out) {
  const double open = per_connection(measured, measured.open);
  const double after = per_connection(measured, measured.after);
  if (line.json) {
    out << Json{{"connections", measured.connections},
                {"resident_before", measured.before.resident},
                {"bytes_each_open", open},
                {"bytes_each_after_message", after}}
        << '\n';
    return;
  }
  print_row(out, "idle", format("%zu connections", measured.connections));
  print_row(out, "memory", format("%.0f bytes each; %.0f bytes each after one message each", open, after));
}

}  // namespace netkit::bench
