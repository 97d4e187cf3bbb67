#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

#include "netkit-validate/outcome.h"

namespace netkit::validate {

/// Tells what came of the checks: a line for each as it comes, or one JSON object at the end.
class Report {
 public:
  Report(std::ostream& out, bool json) : out_(out), json_(json) {}

  void add(const std::string& name, const Outcome& outcome);
  void finish(const std::string& plugin, std::uint64_t seed);
  std::size_t count(Outcome::Result result) const;

 private:
  struct Line {
    std::string name;
    Outcome outcome;
  };

  std::ostream& out_;
  const bool json_;
  std::vector<Line> lines_;
};

}  // namespace netkit::validate
