// The time that codecs and sessions take, by google-benchmark. usage: micro-timed [--benchmark_filter=REGEX ...]

#include <benchmark/benchmark.h>

#include <cstdint>

#include "cases.h"

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 64;
  for (const netkit::micro::Case& each : netkit::micro::cases_alone(NETKIT_PLUGINS)) {
    benchmark::RegisterBenchmark(each.name.c_str(), [run = each.run](benchmark::State& state) {
      for ([[maybe_unused]] auto _ : state) run();
      state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(netkit::micro::kBatch));
    });
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
