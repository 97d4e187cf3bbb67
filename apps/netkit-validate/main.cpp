#include <fnmatch.h>

#include <exception>
#include <iostream>
#include <sstream>

#include "netkit-validate/check.h"
#include "netkit-validate/child_process.h"
#include "netkit-validate/command_line.h"
#include "netkit-validate/report.h"
#include "netkit-validate/script.h"

namespace netkit::validate {
namespace {

constexpr int kExitFailure = 1;
constexpr int kExitUsage = 64;  // EX_USAGE of sysexits.h
constexpr std::chrono::seconds kLimit{30};

/// What the plugin offers, a line each: this process never loads it.
std::string offers(const PluginFile& file) {
  const Plugin plugin(file);
  std::string lines;
  for (const auto& one : plugin.types().handlers()) lines += "handler " + one.first + "\n";
  for (const auto& one : plugin.types().filters()) lines += "filter " + one.first + "\n";
  for (const auto& one : plugin.types().framings()) lines += "framing " + one.first + "\n";
  return lines;
}

Checks all_checks(const Trial& trial) {
  Checks checks;
  const auto uses = [&trial] { return trial.script.empty() ? offers(trial.file) : uses_of_script(trial.file); };
  if (trial.script.empty()) {
    add_library_checks(trial, checks);
  } else {
    checks.push_back({"script: is a handler or a framing", [uses] { return uses(), std::string(); }});
  }
  const Outcome offered = run_in_child(uses, kLimit);
  if (offered.result != Outcome::Result::ok) return checks;  // the first of them says why
  std::istringstream lines(offered.why);
  for (std::string kind, name; lines >> kind >> name;) {
    if (kind == "handler") add_handler_checks(trial, name, checks);
    if (kind == "filter") add_filter_checks(trial, name, checks);
    if (kind == "framing") add_framing_checks(trial, name, checks);
  }
  return checks;
}

int run(const CommandLine& line) {
  Report report(std::cout, line.json);
  std::size_t made = 0;
  for (const Check& check : all_checks(line.trial)) {
    if (::fnmatch(line.only.c_str(), check.name.c_str(), 0) != 0) continue;
    ++made;
    report.add(check.name, run_in_child(check.run, kLimit));
  }
  if (made == 0) throw UsageError("--only: no check has such a name");
  report.finish(line.trial.script.empty() ? line.trial.file.path : line.trial.script, line.trial.seed);
  return report.count(Outcome::Result::failed) == 0 ? 0 : kExitFailure;
}

int fail(const char* text, int status) {
  std::cerr << "netkit-validate: " << text << '\n';
  return status;
}

}  // namespace
}  // namespace netkit::validate

int main(int argc, char** argv) {
  using namespace netkit::validate;
  try {
    const CommandLine line = parse_command_line(argc, argv);
    if (line.notice) std::cout << *line.notice;
    const int status = line.notice ? 0 : run(line);
    return std::cout.flush() ? status : fail("cannot write the result", kExitFailure);
  } catch (const UsageError& error) {
    return fail(error.what(), kExitUsage);
  } catch (const std::exception& error) {
    return fail(error.what(), kExitFailure);
  }
}
