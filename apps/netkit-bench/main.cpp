#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "netkit-bench/command_line.h"
#include "netkit-bench/failure.h"
#include "netkit-bench/load/driver.h"
#include "netkit-bench/load/idle.h"
#include "netkit-bench/load/interrupt.h"
#include "netkit-bench/report/progress.h"
#include "netkit-bench/report/report.h"
#include "netkit-bench/workload/workload.h"

namespace netkit::bench {
namespace {

/// Raises the descriptor limit to the maximum that the system allows, for as many connections.
void raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int report(const char* text, int status) {
  std::cerr << "netkit-bench: " << text << '\n';
  return status;
}

std::string counted(const Errors& errors) {
  const std::uint64_t total = errors.total();
  return (total == 1 ? "1 error: " : std::to_string(total) + " errors, the first: ") + errors.first;
}

/// Returns the exit status.
int run(const CommandLine& line) {
  raise_descriptor_limit();
  const std::unique_ptr<Workload> workload = make_workload(line);
  std::optional<ProcessView> server;
  if (line.server_pid) server.emplace(*line.server_pid);
  if (line.idle) {
    print(line, measure_idle(*workload, line.load, *line.idle, *server), std::cout);
    return 0;
  }
  Driver driver(*workload, line.load, server);
  driver.open();
  catch_interrupt();
  std::optional<Progress> progress(std::in_place, STDERR_FILENO, line.load);
  const Measured measured = driver.run(&*progress);
  progress.reset();
  print(line, *workload, measured, std::cout);
  std::cout.flush();
  if (const std::string warning = shortfall(line, measured); !warning.empty()) report(warning.c_str(), 0);
  const Errors& errors = measured.tally.errors;
  if (errors.total() > 0) return report(counted(errors).c_str(), kExitFailure);
  return measured.interrupted ? 128 + SIGINT : 0;
}

}  // namespace
}  // namespace netkit::bench

int main(int argc, char** argv) {
  using namespace netkit::bench;
  std::signal(SIGPIPE, SIG_IGN);  // a closed output becomes an error of the write
  int status = 0;
  try {
    const CommandLine line = parse_command_line(argc, argv);
    if (line.notice) {
      std::cout << *line.notice;
    } else {
      status = run(line);
    }
    return std::cout.flush() ? status : report("cannot write the result", kExitFailure);
  } catch (const UsageError& error) {
    return report(error.what(), kExitUsage);
  } catch (const std::exception& error) {
    return report(error.what(), kExitFailure);
  }
}
