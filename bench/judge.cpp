// Reading a run file and judging it: bench-judge RUN.ndjson, any recording of yours.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <string>

#include "reports/formats/render.hpp"

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (argc < 2) {
    std::fputs(
        "bench-judge: give it a run file: build/bench/bin/bench-judge "
        "runs/kilo-to-liberty-seed1/run.ndjson\n",
        stderr);
    return 0;
  }
  const std::string path = argv[1];
  const caravan::reports::RunFile run = caravan::reports::read_run(path);
  benchmark::RegisterBenchmark("Read", [&](benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(caravan::reports::read_run(path));
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * run.events.size()));
  });
  benchmark::RegisterBenchmark("Judge", [&](benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(caravan::reports::judge(run));
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * run.events.size()));
  });
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
