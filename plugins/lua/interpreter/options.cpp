#include "interpreter/options.h"

#include <algorithm>

#include "library/libraries.h"

namespace netkit::lua {

std::vector<OptionSpec> script_options() {
  return {{.name = "script", .type = OptionType::path, .help = "the file of the script", .required = true},
          {.name = "memory",
           .type = OptionType::size,
           .fallback = "64MiB",
           .help = "the most memory of a Lua state, of which each event loop has one",
           .least = std::int64_t{1} << 20},
          {.name = "budget",
           .type = OptionType::duration,
           .fallback = "100ms",
           .help = "the most processor time of a call, or of its part between two waits",
           .least = 1'000'000},
          {.name = "libraries",
           .type = OptionType::texts,
           .fallback = "base, string, table, math, utf8, coroutine",
           .help = "Lua's libraries that the script may use, out of these and os (the time alone)"}};
}

Allowance allowance_of(const Options& options) {
  return {static_cast<std::size_t>(options.size("memory")), options.duration("budget")};
}

const std::vector<std::string>& checked_libraries(const Options& options) {
  const std::vector<std::string>& known = library_names();
  for (const std::string& name : options.texts("libraries")) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string names;
    for (const std::string& one : known) names.append(names.empty() ? "" : ", ").append(one);
    throw OptionError("libraries",
                      std::string("'libraries': found '").append(name).append("', expected some of ").append(names));
  }
  return options.texts("libraries");
}

}  // namespace netkit::lua
