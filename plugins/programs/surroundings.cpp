#include "programs/surroundings.h"

#include <cstdint>
#include <filesystem>
#include <system_error>

#include "programs/environment.h"
#include "programs/run_as.h"

namespace netkit::programs {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMostProcesses = 1'000'000;
constexpr std::int64_t kLeastLimit = 4096;

OptionSpec count(const char* name, const char* fallback, const char* help, std::int64_t least, std::int64_t most) {
  return {.name = name, .type = OptionType::integer, .fallback = fallback, .help = help, .least = least, .most = most};
}

OptionSpec size(const char* name, const char* help) {
  return {.name = name, .type = OptionType::size, .help = help, .least = kLeastLimit};
}

std::string checked_directory(const Options& options) {
  if (!options.has("directory")) return {};
  const std::string& directory = options.text("directory");
  std::error_code error;
  if (!std::filesystem::is_directory(directory, error)) {
    throw OptionError("directory", "'" + directory + "' is not a folder");
  }
  return directory;
}

/// 0 if the option is not set.
std::uint64_t number_in(const Options& options, const char* name) {
  return options.has(name) ? static_cast<std::uint64_t>(options.integer(name)) : 0;
}

ResourceLimits resource_limits(const Options& options) {
  ResourceLimits limits;
  if (options.has("max_cpu")) {
    limits.cpu_seconds = static_cast<std::uint64_t>((options.duration("max_cpu").count() + kSecond - 1) / kSecond);
  }
  limits.memory = number_in(options, "max_memory");
  limits.processes = number_in(options, "max_processes");
  limits.file_size = number_in(options, "max_file_size");
  limits.open_files = number_in(options, "max_open_files");
  return limits;
}

}  // namespace

std::vector<OptionSpec> surroundings_specs(const char* directory) {
  return {
      {"env", OptionType::texts, "", "further environment variables: NAME=value, or NAME to pass on the server's"},
      {"directory", OptionType::path, directory, "folder that commands run in; unset: the server's"},
      {"user", OptionType::user, "", "whom commands run as, in no further group; unset: the server's user"},
      {"group", OptionType::group, "", "likewise; unset: the user's first group"},
      {"no_new_privs", OptionType::flag, "true", "no command gets privileges by running a program such as sudo"},
      {.name = "max_cpu",
       .type = OptionType::duration,
       .fallback = "",
       .help = "most processor time of each process, rounded up to seconds; unset: no limit",
       .least = kSecond},
      size("max_memory", "most address space of each process"),
      size("max_file_size", "the largest file a process may write"),
      count("max_processes", "", "most processes of the user, the server's included if it is the same; unset: no limit",
            1, kMostProcesses),
      count("max_open_files", "1024", "most descriptors of each process", 8, kMostProcesses),
  };
}

Surroundings read_surroundings(const Options& options, const HandlerContext& context) {
  Surroundings surroundings;
  surroundings.launcher = plan_launcher(options, context);
  surroundings.environment = listener_environment(options.texts("env"), account_of(surroundings.launcher));
  surroundings.directory = checked_directory(options);
  surroundings.limits = resource_limits(options);
  surroundings.no_new_privileges = options.flag("no_new_privs");
  return surroundings;
}

}  // namespace netkit::programs
