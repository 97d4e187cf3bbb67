#include <sys/resource.h>

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

void run(const CommandLine& line) {
  raise_descriptor_limit();
  const std::unique_ptr<Workload> workload = make_workload(line);
  std::optional<ProcessView> server;
  if (line.server_pid) server.emplace(*line.server_pid);
  if (line.idle) {
    print(line, measure_idle(*workload, line.load, *line.idle, *server), std::cout);
    return;
  }
  Driver driver(*workload, line.load, server);
  driver.open();
  print(line, *workload, driver.run(), std::cout);
}

int report(const char* text, int status) {
  std::cerr << "netkit-bench: " << text << '\n';
  return status;
}

}  // namespace
}  // namespace netkit::bench

int main(int argc, char** argv) {
  using namespace netkit::bench;
  std::signal(SIGPIPE, SIG_IGN);  // a closed output becomes an error of the write
  try {
    const CommandLine line = parse_command_line(argc, argv);
    if (line.notice) {
      std::cout << *line.notice;
    } else {
      run(line);
    }
    return std::cout.flush() ? 0 : report("cannot write the result", kExitFailure);
  } catch (const UsageError& error) {
    return report(error.what(), kExitUsage);
  } catch (const std::exception& error) {
    return report(error.what(), kExitFailure);
  }
}
