#include "netkit-validate/report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace netkit::validate {
namespace {

using Result = Outcome::Result;

}  // namespace

void Report::add(const std::string& name, const Outcome& outcome) {
  lines_.push_back({name, outcome});
  if (json_) return;
  const std::string result = to_string(outcome.result);
  out_ << result << std::string(9 - result.size(), ' ') << name;
  if (!outcome.why.empty()) out_ << ": " << outcome.why;
  out_ << '\n' << std::flush;
}

void Report::finish(const std::string& plugin, std::uint64_t seed) {
  if (!json_) {
    out_ << lines_.size() << " checks: " << count(Result::ok) << " ok, " << count(Result::failed) << " failed, "
         << count(Result::skipped) << " skipped\n";
    return;
  }
  nlohmann::ordered_json all{{"plugin", plugin},
                             {"seed", seed},
                             {"ok", count(Result::ok)},
                             {"failed", count(Result::failed)},
                             {"skipped", count(Result::skipped)},
                             {"checks", nlohmann::ordered_json::array()}};
  for (const auto& [name, outcome] : lines_) {
    all["checks"].push_back({{"name", name}, {"result", to_string(outcome.result)}, {"why", outcome.why}});
  }
  out_ << all.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
}

std::size_t Report::count(Result result) const {
  const auto has = [&](const Line& line) { return line.outcome.result == result; };
  return static_cast<std::size_t>(std::count_if(lines_.begin(), lines_.end(), has));
}

}  // namespace netkit::validate
