#include "programs/environment.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <string_view>

#include "netkit/options.h"

namespace netkit::programs {
namespace {

constexpr std::array<std::string_view, 5> kPassed = {"PATH", "HOME", "LANG", "TZ", "USER"};
constexpr std::string_view kPassedPrefix = "LC_";
constexpr const char* kDefaultPath = "/usr/local/bin:/usr/bin:/bin";

using Variables = std::map<std::string, std::string>;

bool is_passed(std::string_view name) {
  return std::find(kPassed.begin(), kPassed.end(), name) != kPassed.end() || name.starts_with(kPassedPrefix);
}

Variables passed_variables() {
  Variables variables{{"PATH", kDefaultPath}};
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || !is_passed(text.substr(0, equals))) continue;
    variables.insert_or_assign(std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)));
  }
  return variables;
}

void add(const std::string& addition, Variables& variables) {
  const std::size_t equals = addition.find('=');
  const std::string name = addition.substr(0, equals);
  if (addition.find('\0') != std::string::npos) throw OptionError("env", "a variable cannot hold a NUL byte");
  if (name.empty()) {
    throw OptionError("env", "'" + addition + "' is not an environment variable; expected NAME=value or NAME");
  }
  if (equals != std::string::npos) {
    variables.insert_or_assign(name, addition.substr(equals + 1));
  } else if (const char* value = std::getenv(name.c_str())) {
    variables.insert_or_assign(name, value);
  }
}

}  // namespace

std::vector<std::string> listener_environment(const std::vector<std::string>& additions,
                                              const std::optional<Account>& account) {
  Variables variables = passed_variables();
  if (account) {
    variables["HOME"] = account->home;
    variables["USER"] = account->name;
  }
  for (const std::string& addition : additions) add(addition, variables);
  std::vector<std::string> environment;
  for (const auto& [name, value] : variables) environment.emplace_back(name).append("=").append(value);
  return environment;
}

}  // namespace netkit::programs
