#include <algorithm>
#include <string_view>

#include "netkit/plugin.h"

namespace {

/// The facts of a build with a standard library whose strings are larger: there is no flag for that.
constexpr auto facts_with_larger_string() {
  auto facts = netkit::kBuildFacts;
  const auto is_string = [](const netkit::BuildFact& fact) {
    return std::string_view(fact.name) == "sizeof(std::string)";
  };
  std::find_if(facts.begin(), facts.end(), is_string)->value = 1000;
  return facts;
}

constexpr auto kFacts = facts_with_larger_string();
constexpr netkit::PluginDescriptor kDescriptor{
    .facts = kFacts.data(), .name = "other-string", .version = "1", .enroll = [](netkit::Registry&) {}};

}  // namespace

extern "C" NETKIT_EXPORT const netkit::PluginDescriptor* netkit_plugin() { return &kDescriptor; }
