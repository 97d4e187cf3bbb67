#include "plugin/compatibility.h"

#include <algorithm>
#include <span>
#include <string_view>

namespace netkit {
namespace {

constexpr const char* kAdvice = ": rebuild it with this netkit's headers and flags";

std::string accepted_numbers() {
  const std::string newest = std::to_string(kPluginApi);
  return kOldestPluginApi == kPluginApi ? newest : std::to_string(kOldestPluginApi) + " to " + newest;
}

std::string difference(std::string_view name, std::uint64_t theirs, std::uint64_t ours) {
  const std::string fact = std::string(name) + " = ";
  return "was built with " + fact + std::to_string(theirs) + "; this netkit was built with " + fact +
         std::to_string(ours) + kAdvice;
}

}  // namespace

std::string incompatibility(const PluginDescriptor& descriptor) {
  if (descriptor.api < kOldestPluginApi || descriptor.api > kPluginApi) {
    return "was built for plugin API " + std::to_string(descriptor.api) + "; this netkit takes " + accepted_numbers() +
           kAdvice;
  }
  if (descriptor.size != sizeof(PluginDescriptor)) {
    return difference("sizeof(netkit::PluginDescriptor)", descriptor.size, sizeof(PluginDescriptor));
  }
  const std::span<const BuildFact> theirs(descriptor.facts, descriptor.fact_count);
  for (const BuildFact& ours : kBuildFacts) {
    const auto same_name = [&](const BuildFact& fact) { return std::string_view(fact.name) == ours.name; };
    const auto found = std::find_if(theirs.begin(), theirs.end(), same_name);
    // A fact that only one side states, as another compiler does or another version, is none to compare.
    if (found != theirs.end() && found->value != ours.value) return difference(ours.name, found->value, ours.value);
  }
  return {};
}

}  // namespace netkit
