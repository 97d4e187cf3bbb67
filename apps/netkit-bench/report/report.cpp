#include "netkit-bench/report/report.h"

#include <array>
#include <cinttypes>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <utility>

namespace netkit::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::pair<const char*, double>, 4> kQuantiles{
    {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}}};

template <class... Arguments>
std::string format(const char* pattern, Arguments... arguments) {
  std::array<char, 256> text{};
  std::snprintf(text.data(), text.size(), pattern, arguments...);
  return text.data();
}

double in_microseconds(Duration duration) { return std::chrono::duration<double, std::micro>(duration).count(); }
double in_mib(double bytes) { return bytes / (1 << 20); }

/// 0 if `count` is 0, because JSON has no NaN.
double per(double amount, double count) { return count > 0 ? amount / count : 0; }

double each(Duration cpu, const Tally& tally) {
  return per(static_cast<double>(cpu.count()), static_cast<double>(tally.answers));
}

std::string cpu_text(const ProcessView::Cpu& cpu, const Tally& tally) {
  return format("%.0f ns a message, %.0f of them outside the kernel", each(cpu.all, tally), each(cpu.user, tally));
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

Json to_json(const CommandLine& line, const Workload& workload, const Measured& measured) {
  const auto& [tally, usage] = measured;
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
            {"verified", workload.answers.has_value()},
            {"latency_us", latency_json(tally.latency)},
            {"load",
             {{"cpu_ns_per_message", each(usage.own_cpu.all, tally)},
              {"user_ns_per_message", each(usage.own_cpu.user, tally)}}}};
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

void print_row(std::ostream& out, const char* name, const std::string& text) {
  out << format("%-10s", name) << text << '\n';
}

void print_table(const CommandLine& line, const Workload& workload, const Measured& measured, std::ostream& out) {
  const auto& [tally, usage] = measured;
  const double seconds = in_seconds(usage.elapsed);
  const auto answers = static_cast<double>(tally.answers);
  print_row(out, "load",
            format("%zu connections x %zu in flight, %s, %.2f s", line.load.connections, line.load.in_flight,
                   to_string(workload.transport), seconds));
  print_row(out, "messages",
            format("%" PRIu64 ", %.0f/s, %.1f MiB/s of answers%s", tally.answers, per(answers, seconds),
                   per(in_mib(static_cast<double>(tally.bytes)), seconds), workload.answers ? ", each compared" : ""));
  std::string latency;
  for (const auto& [name, fraction] : kQuantiles) {
    latency += format("%s %.1f  ", name, in_microseconds(tally.latency.quantile(fraction)));
  }
  print_row(out, "latency", latency + format("max %.1f us", in_microseconds(tally.latency.most())));
  if (workload.transport == Transport::udp) {
    print_row(out, "lost", format("%" PRIu64 " (sent again), %" PRIu64 " late", tally.lost, tally.late));
  }
  print_row(out, "load CPU", cpu_text(usage.own_cpu, tally));
  if (!usage.server_cpu) return;
  const ProcessView::Memory memory = ProcessView(*line.server_pid).memory();
  print_row(out, "server",
            format("%s; %.0f %% of a core; memory %.1f MiB, at most %.1f MiB",
                   cpu_text(*usage.server_cpu, tally).c_str(), 100 * per(in_seconds(usage.server_cpu->all), seconds),
                   in_mib(static_cast<double>(memory.resident)), in_mib(static_cast<double>(memory.highest))));
}

}  // namespace

void print(const CommandLine& line, const Workload& workload, const Measured& measured, std::ostream& out) {
  if (line.json) {
    out << to_json(line, workload, measured) << '\n';
  } else {
    print_table(line, workload, measured, out);
  }
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
