#include <csignal>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "netkit-client/command_line.h"
#include "netkit-client/failure.h"
#include "netkit-client/output/notice.h"
#include "netkit-client/output/standard_output.h"
#include "netkit-client/run.h"

namespace {

using netkit::client::notice;

int report(const std::string& text, int status) {
  if (!text.empty()) notice(text);
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace netkit::client;
  std::signal(SIGPIPE, SIG_IGN);  // a closed output or connection becomes an error of the write
  try {
    const CommandLine line = parse_command_line(std::vector<std::string>(argv + 1, argv + argc));
    if (line.notice) {
      std::cout << *line.notice;
      return 0;
    }
    const RunResult result = run(line);
    return result.failure ? report(result.failure->text, result.failure->status) : result.status;
  } catch (const UsageError& error) {
    return report(error.what(), kExitUsage);
  } catch (const OutputClosed&) {
    return 128 + SIGPIPE;
  } catch (const std::exception& error) {
    return report(error.what(), kExitFailure);
  }
}
